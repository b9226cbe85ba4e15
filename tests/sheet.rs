//! The structured sections through the API: rows and parts saved one by one, each with its own version;
//! who may, what a conflict tells, and that a freeze and a saved row follow each other.

use std::collections::BTreeSet;

use chantier::clock::Timestamp;
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use crate::support::world::{Answer, World, assert_problem};
use crate::support::{on_both_databases, sheet};

const SHEET: &str = "/api/proposals/pro/sheet";

/// A UUID that ends so.
fn id(number: u32) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

/// A good row of each section.
fn rows() -> Vec<(&'static str, &'static str, Json)> {
    vec![
        ("objectives", "objectives", json!({"body": "Un  objectif "})),
        (
            "partners",
            "partners",
            json!({"organisation_id": "org-c", "role": "Accompagne", "state": "expected", "paid": true}),
        ),
        (
            "calendar",
            "calendar",
            json!({"label": "Lancement", "starts_on": "2027-01-01", "ends_on": "2027-02-01", "milestone": null}),
        ),
        (
            "budget",
            "expenses",
            json!({"year": 2027, "nature": "operation", "account": "62", "label": "Animation", "amount_cents": 11_800_000}),
        ),
        (
            "funding",
            "funding",
            json!({"year": 2027, "funder": "Région", "kind": "region", "scheme": "CREER", "amount_cents": 11_200_000, "state": "requested", "nature": "cash"}),
        ),
        (
            "envelope_requests",
            "envelope_requests",
            json!({"code": "CREER", "year": 2027, "amount_cents": 11_200_000}),
        ),
        (
            "indicators",
            "indicators",
            json!({"label": "Entreprises", "kind": "output", "unit": "entreprises", "baseline": null, "target": "12,5", "due_on": null, "source": null}),
        ),
        (
            "jobs",
            "jobs",
            json!({"founding_answer": "later", "nature": "created", "posts": 3, "fte_hundredths": 250, "women": 1, "men": 2, "undisclosed": 0, "contract": "cdd_6m_plus", "duration_months": 12, "effect_year": 2027, "employer_siret": "732 829 320 00074", "sector": "C", "confidence": "B", "evidence": "Contrat", "overlap_percent": 5, "note": null, "territories": [{"territory_code": "04", "share_percent": 60}, {"territory_code": "13201", "share_percent": 40}]}),
        ),
    ]
}

async fn add(world: &World, person: &str, section: &str, row_id: &str, row: &Json) -> Answer {
    let body = json!({"row_id": row_id, "row": row});
    world
        .post(person, &format!("{SHEET}/{section}"), body)
        .await
}

async fn put(world: &World, person: &str, place: &str, version: i64, row: &Json) -> Answer {
    let body = json!({"expected_version": version, "row": row});
    world
        .ask("PUT", person, &format!("{SHEET}/{place}"), Some(body))
        .await
}

async fn drafted(database: &crate::support::database::Database) -> World {
    let world = World::new(database).await;
    world.store.load_territories().await.expect("territories");
    world.proposal("pro", "drafting").await;
    world
}

fn field(answer: &Answer) -> (&Json, &Json) {
    assert_problem(answer, 422, "invalid");
    let error = &answer.1["errors"][0];
    (&error["field"], &error["code"])
}

#[track_caller]
fn done(answer: &Answer) -> &Json {
    assert!(answer.0.is_success(), "{} {}", answer.0, answer.1);
    &answer.1["sheet"]
}

on_both_databases! {
    async fn every_section_keeps_what_is_saved(database: Database) {
        let world = drafted(&database).await;
        for (at, (section, list, row)) in (1..).zip(rows()) {
            let answer = add(&world, "contributor", section, &id(at), &row).await;
            assert_eq!(answer.0.as_u16(), 201, "{section}: {}", answer.1);
            let kept = &answer.1["sheet"][list][0];
            assert_eq!((&kept["row_id"], &kept["version"], &kept["changed_by"]), (&json!(id(at)), &json!(1), &json!("Camille contributor")));
            // Whole, the same words again: one change more, nothing lost.
            let again = put(&world, "owner", &format!("{section}/{}", id(at)), 1, &row).await;
            let kept = &done(&again)[list][0];
            assert_eq!((&kept["version"], &kept["changed_by"]), (&json!(2), &json!("Camille owner")));
        }
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        let sheet = &page["sheet"];
        assert_eq!((&sheet["objectives"][0]["body"], &sheet["partners"][0]["name"], &sheet["partners"][0]["paid"]), (&json!("Un objectif"), &json!("Syndicat C"), &json!(true)));
        assert_eq!((&sheet["expenses_total_cents"], &sheet["funding_total_cents"]), (&json!(11_800_000), &json!(11_200_000)));
        assert_eq!(sheet["indicators"][0]["target"], "12.5");
        let job = &sheet["jobs"][0];
        assert_eq!((&job["kind"], &job["stage"], &job["employer_siret"]), (&json!("supported"), &json!("forecast"), &json!("73282932000074")));
        assert_eq!(job["territories"], json!([{"territory_code": "04", "name": "Alpes-de-Haute-Provence", "share_percent": 60}, {"territory_code": "13055", "name": "Marseille", "share_percent": 40}]));
        // The page says what is missing, and the difference in cents.
        let lacks = page["lacks"].as_array().expect("a list");
        let gap = lacks.iter().find(|lack| lack["code"] == "funding_differs").expect("it differs");
        assert_eq!(gap, &json!({"section": "funding", "field": "amount_cents", "code": "funding_differs", "year": null, "expected_cents": 11_800_000, "found_cents": 11_200_000}));
        assert_eq!((&page["version"], page["updated_at_ms"].as_i64() > Some(1)), (&json!(1), true), "others' dialogs do not conflict");
        let (_, alone) = world.get("member", SHEET).await;
        assert_eq!((&alone["sheet"], alone["may"].as_array().expect("may").contains(&json!("edit_sheet"))), (sheet, false));
    }

    async fn parts_keep_what_is_saved(database: Database) {
        let world = drafted(&database).await;
        let parts = [
            ("owner", json!({"text": "Une chambre.", "contact_name": "Ada", "contact_email": "Ada@B.example", "capacity": "Dix ans.", "legal_form": "chamber", "co_porteurs": ["org-c", "org-c"]})),
            ("no_partner", json!({"none": true})),
            ("target_public", json!({"text": "Tout public", "headcount": 12, "women_percent": 50, "tags": ["young", "women"]})),
            ("territory", json!({"codes": ["04088", "13205", "13055", "05034"]})),
            ("vat", json!({"vat_mode": "HT"})),
            ("no_jobs", json!({"motive": "Une étude, sans embauche attendue."})),
        ];
        for (part, value) in &parts {
            assert_eq!(put(&world, "owner", part, 1, value).await.0.as_u16(), 409, "{part}");
            done(&put(&world, "owner", part, 0, value).await);
            done(&put(&world, "contributor", part, 1, value).await);
        }
        let (_, page) = world.get("owner", SHEET).await;
        let sheet = &page["sheet"];
        assert_eq!((&sheet["owner"]["contact_email"], &sheet["owner"]["co_porteurs"][0]["organisation_id"]), (&json!("ada@b.example"), &json!("org-c")));
        assert_eq!((&sheet["no_partner"], &sheet["vat_mode"], &sheet["target_public"]["tags"]), (&json!(true), &json!("HT"), &json!(["young", "women"])));
        let names: Vec<&Json> = sheet["territories"].as_array().expect("some").iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Forcalquier", "Val Buëch-Méouge", "Marseille"]);
        assert_eq!(sheet["no_jobs_motive"], "Une étude, sans embauche attendue.");
        let states = sheet["parts"].as_array().expect("states");
        assert_eq!((states.len(), &states[0]["version"], &states[0]["changed_by"]), (6, &json!(2), &json!("Camille contributor")));
        // Nothing is said to be nowhere while it is somewhere.
        let (_, _, partner) = &rows()[1];
        done(&add(&world, "owner", "partners", &id(1), partner).await);
        assert_eq!(field(&put(&world, "owner", "no_partner", 2, &json!({"none": true})).await), (&json!("none"), &json!("rows_exist")));
        done(&put(&world, "owner", "no_partner", 2, &json!({"none": false})).await);
        for (part, version, value, wrong) in [
            ("territory", 2, json!({"codes": ["75056"]}), ("codes", "unknown")),
            ("owner", 2, json!({"co_porteurs": ["org-b"]}), ("co_porteurs", "is_porteur")),
            ("owner", 2, json!({"co_porteurs": ["org-z"]}), ("co_porteurs", "unknown")),
            ("owner", 2, json!({"contact_email": "nobody"}), ("contact_email", "not_an_email")),
            ("vat", 2, json!({}), ("vat_mode", "required")),
        ] {
            assert_eq!(field(&put(&world, "owner", part, version, &value).await), (&json!(wrong.0), &json!(wrong.1)));
        }
        let (_, after) = world.get("owner", SHEET).await;
        assert_eq!((&after["sheet"]["territories"], &after["sheet"]["owner"]), (&sheet["territories"], &sheet["owner"]), "a refused part stays whole");
    }

    async fn a_conflict_tells_both_values_and_whose(database: Database) {
        let world = drafted(&database).await;
        let (section, _, row) = &rows()[3];
        done(&add(&world, "owner", section, &id(1), row).await);
        let place = format!("{section}/{}", id(1));
        let mut theirs = row.clone();
        theirs["amount_cents"] = json!(5);
        done(&put(&world, "contributor", &place, 1, &theirs).await);
        let answer = put(&world, "owner", &place, 1, row).await;
        assert_problem(&answer, 409, "row_changed");
        let now = &answer.1["now"]["sheet"]["expenses"][0];
        assert_eq!((&now["amount_cents"], &now["changed_by"], &now["version"]), (&json!(5), &json!("Camille contributor"), &json!(2)));
        done(&put(&world, "owner", &place, 2, row).await);
        // Taken out meanwhile: the conflict shows the sheet without it.
        assert_problem(&world.ask("DELETE", "owner", &format!("{SHEET}/{place}?expected_version=2"), None).await, 409, "row_changed");
        done(&world.ask("DELETE", "owner", &format!("{SHEET}/{place}?expected_version=3"), None).await);
        done(&world.ask("DELETE", "owner", &format!("{SHEET}/{place}?expected_version=3"), None).await);
        let answer = put(&world, "contributor", &place, 3, row).await;
        assert_problem(&answer, 409, "row_changed");
        assert_eq!(answer.1["now"]["sheet"]["expenses"], json!([]));
    }

    async fn a_row_asked_twice_is_added_once(database: Database) {
        let world = drafted(&database).await;
        let (section, _, row) = &rows()[0];
        let first = add(&world, "owner", section, &id(1), row).await;
        let again = add(&world, "owner", section, &id(1), &json!({"body": "Autre chose"})).await;
        assert_eq!((again.0.as_u16(), &again.1["sheet"]), (201, &first.1["sheet"]));
        // Not with a row of another proposal, which stays as it is.
        world.proposal("other", "drafting").await;
        let path = "/api/proposals/other/sheet/objectives";
        let answer = world.post("owner", path, json!({"row_id": id(1), "row": row})).await;
        assert_eq!(field(&answer), (&json!("row_id"), &json!("taken")));
        let elsewhere = format!("/api/proposals/other/sheet/objectives/{}", id(1));
        assert_eq!(world.ask("PUT", "owner", &elsewhere, Some(json!({"expected_version": 1, "row": row}))).await.0.as_u16(), 404);
        assert_eq!(world.ask("DELETE", "owner", &format!("{elsewhere}?expected_version=1"), None).await.0.as_u16(), 404);
        assert_eq!(world.ask("PUT", "owner", &format!("/api/proposals/other/sheet/objectives/{}/place", id(1)), Some(json!({"place": 1}))).await.0.as_u16(), 404);
        assert_eq!(field(&add(&world, "owner", section, "exp-1", row).await), (&json!("row_id"), &json!("not_a_uuid")));
        assert_eq!(add(&world, "owner", "poems", &id(2), row).await.0.as_u16(), 404);
        assert_eq!(put(&world, "owner", "objectives", 0, row).await.0.as_u16(), 404);
        for number in 2..=200 {
            world.run("insert into objective (objective_id, proposal_id, rank, body, version) values ($1, 'pro', 9, 'x', 1)", &[&format!("o{number}")]).await;
        }
        assert_problem(&add(&world, "owner", section, &id(3), row).await, 409, "too_many_rows");
    }

    async fn rows_move_and_come_where_they_are_put(database: Database) {
        let world = drafted(&database).await;
        for (at, body) in (1..).zip(["un", "deux", "trois"]) {
            done(&add(&world, "owner", "objectives", &id(at), &json!({"body": format!("Objectif {body}")})).await);
        }
        let order = |answer: &Answer| -> Vec<String> {
            done(answer)["objectives"].as_array().expect("rows").iter().map(|row| row["body"].as_str().expect("text")[9..].to_owned()).collect()
        };
        let answer = world.ask("PUT", "owner", &format!("{SHEET}/objectives/{}/place", id(3)), Some(json!({"place": 1}))).await;
        assert_eq!(order(&answer), ["trois", "un", "deux"]);
        assert_eq!(answer.1["sheet"]["objectives"][0]["version"], 1, "its words have not changed");
        let answer = world.ask("PUT", "owner", &format!("{SHEET}/objectives/{}/place", id(3)), Some(json!({"place": 99}))).await;
        assert_eq!(order(&answer), ["un", "deux", "trois"]);
        let body = json!({"row_id": id(4), "place": 2, "row": {"body": "Objectif et demi"}});
        assert_eq!(order(&world.post("owner", &format!("{SHEET}/objectives"), body).await), ["un", "et demi", "deux", "trois"]);
    }

    async fn who_may_and_when(database: Database) {
        let world = drafted(&database).await;
        let (section, _, row) = &rows()[0];
        assert_problem(&add(&world, "elsewhere", section, &id(1), row).await, 404, "not_found");
        assert_eq!(world.get("elsewhere", SHEET).await.0.as_u16(), 404);
        for person in ["member", "facilitator", "co_president", "observer", "associated", "admin"] {
            let answer = add(&world, person, section, &id(1), row).await;
            assert!([403, 404].contains(&answer.0.as_u16()), "{person}");
        }
        let refused = add(&world, "org_admin", section, &id(1), row).await;
        assert_eq!((refused.0.as_u16(), &refused.1["rule"]), (403, &json!("R-SHEET")));
        done(&add(&world, "owner", section, &id(1), row).await);
        for stage in ["submitted", "frozen", "opinion_given", "closed"] {
            world.run("update proposal set stage = $1", &[stage]).await;
            let place = format!("{section}/{}", id(1));
            assert_problem(&add(&world, "owner", section, &id(2), row).await, 403, "stage");
            assert_problem(&put(&world, "owner", &place, 1, row).await, 403, "stage");
            assert_problem(&put(&world, "owner", "vat", 0, &json!({"vat_mode": "HT"})).await, 403, "stage");
            assert_problem(&world.ask("DELETE", "owner", &format!("{SHEET}/{place}?expected_version=1"), None).await, 403, "stage");
            assert_problem(&world.ask("PUT", "owner", &format!("{SHEET}/{place}/place"), Some(json!({"place": 1}))).await, 403, "stage");
        }
        world.sql("update proposal set stage = 'in_commission'").await;
        done(&add(&world, "contributor", section, &id(2), row).await);
        assert_problem(&add(&world, "", section, &id(3), row).await, 401, "unauthenticated");
    }

    async fn a_freeze_and_saved_rows_follow_each_other(database: Database) {
        let world = drafted(&database).await;
        sheet::complete(&world.store, "pro").await;
        let mut tx = world.store.write().await.expect("writes");
        let update = from_markdown(&[("context", "Quarante signes au moins pour dire le contexte."), ("description", "Oui."), ("transversal", "Oui.")], 7);
        log::append_in(&mut tx, &"doc-pro".into(), &"acc-owner".into(), None, vec![update], Timestamp(5)).await.expect("appends");
        tx.commit().await.expect("commits");
        let deposit = json!({"transition": "T03", "expected_version": 1});
        let mut saves = Vec::new();
        for number in 1..=4 {
            let row = json!({"body": format!("Objectif {number}")});
            let world = &world;
            saves.push(async move {
                let (person, key) = (["owner", "contributor"][number % 2], id(u32::try_from(number).expect("few")));
                (key.clone(), add(world, person, "objectives", &key, &row).await)
            });
        }
        let [one, two, three, four] = <[_; 4]>::try_from(saves).unwrap_or_else(|_| panic!("four"));
        let (first, second, frozen, third, fourth) = tokio::join!(one, two, world.post("owner", "/api/proposals/pro/transitions", deposit), three, four);
        assert_eq!(frozen.0.as_u16(), 201, "{}", frozen.1);
        let there: BTreeSet<String> = frozen.1["sheet"]["objectives"].as_array().expect("rows").iter().map(|row| row["row_id"].as_str().expect("an id").to_owned()).collect();
        for (key, answer) in [first, second, third, fourth] {
            match answer.0.as_u16() {
                201 => assert!(there.contains(&key), "saved, so it is in the frozen sheet"),
                403 => assert!(!there.contains(&key) && answer.1["code"] == "stage"),
                other => panic!("{other} {}", answer.1),
            }
        }
        let (_, after) = world.get("owner", SHEET).await;
        assert_eq!(after["sheet"]["objectives"].as_array().expect("rows").len(), there.len(), "nothing came after the freeze");
    }

    async fn territories_and_organisations_are_found(database: Database) {
        let world = drafted(&database).await;
        let find = |text: &'static str| {
            let world = &world;
            async move {
                let (status, body) = world.get("member", &format!("/api/territories?text={text}")).await;
                assert_eq!((status.as_u16(), &body["cog_year"]), (200, &json!(2026)));
                let all = body["territories"].as_array().expect("a list").clone();
                all.iter().map(|one| format!("{} {}", one["territory_code"].as_str().expect("code"), one["name"].as_str().expect("name"))).collect::<Vec<_>>()
            }
        };
        assert_eq!(find("Forcal").await, ["83059 Forcalqueiret", "04088 Forcalquier", "240400440 CC Pays Forcalquier et Montagne de Lure"]);
        assert_eq!(find("04088").await, ["04088 Forcalquier"]);
        assert_eq!(find("ALPES-DE-HAUTE").await, ["04 Alpes-de-Haute-Provence"]);
        assert_eq!(find("13203").await, ["13055 Marseille"], "an arrondissement is its city");
        assert_eq!(find("romette").await, ["05061 Gap"], "a merged commune is where it went");
        assert_eq!(find("saint%20etienne%20de%20tinee").await, ["06120 Saint-Étienne-de-Tinée"]);
        assert_eq!(find("93").await[0], "93 Provence-Alpes-Côte d’Azur");
        assert!(find("zzz").await.is_empty() && find("%20").await.is_empty());
        assert_eq!(find("saint").await.len(), 20);
        world.store.load_territories().await.expect("again");
        assert_eq!(world.count("select count(*) from territory").await, 1037);
        let (_, body) = world.get("member", "/api/organisation_names?text=SYND").await;
        assert_eq!(body["organisations"][0]["organisation_id"], "org-c");
        assert_eq!(world.get("", "/api/territories?text=a").await.0.as_u16(), 401);
    }
}
