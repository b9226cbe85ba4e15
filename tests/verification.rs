//! Versions, dossier, journal and keys through the API and the command line: who may read them, that
//! they verify and stay the same bytes, keys that rotate, a journal cut at its end.

use std::process::Output;

use axum::body::Body;
use axum::http::{Request, header};
use chantier::clock::Timestamp;
use chantier::ids::VersionId;
use chantier::proof::{hex, journal_file, sha256, verify};
use chantier::store::journal::Entry;
use chantier::store::journal::check::WrongJournal;
use chantier::store::log;
use chantier::store::versions::{Opening, Reason};
use chantier::text::edit::from_markdown;
use chantier::work::Work;
use serde_json::Value as Json;
use tokio_util::task::TaskTracker;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::world::{World, assert_problem};

const AT: Timestamp = Timestamp(1_793_491_200_000);

/// A proposal with one sealed version, named in its journal.
async fn sealed(world: &World) -> VersionId {
    world.proposal("pro", "frozen").await;
    let mut tx = world.store.write().await.expect("begins");
    let update = from_markdown(&[("context", "Un texte secret.")], 1);
    log::append_in(
        &mut tx,
        &"doc-pro".into(),
        &"acc-owner".into(),
        None,
        vec![update],
        AT,
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
    one_more(world).await
}

async fn one_more(world: &World) -> VersionId {
    let mut tx = world.store.write().await.expect("begins");
    let opening = Opening {
        reason: Reason::Freeze,
        round: 1,
        document_seq: 1,
        by: "facilitator",
        at: AT,
    };
    let version = tx
        .open_version(&"pro".into(), &opening)
        .await
        .expect("opens");
    let entry = Entry {
        person_id: Some("facilitator"),
        text: Some("Pour l'avis."),
        version_id: Some(version.as_str()),
        ..Entry::new("T08", AT)
    };
    tx.record(&"pro".into(), &entry).await.expect("records");
    tx.commit().await.expect("commits");
    let work = Work::start(world.store.clone(), TaskTracker::new());
    work.seal(&version).await.expect("seals");
    version
}

/// Bytes as they are, with these headers' values.
async fn bytes(world: &World, person: &str, path: &str) -> (u16, Vec<u8>, String) {
    let request = Request::builder()
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {person}"))
        .body(Body::empty())
        .expect("a request");
    let (status, headers, body) = world.raw(request).await;
    let policy = headers.get(header::CONTENT_SECURITY_POLICY);
    let policy = policy.map_or("", |value| value.to_str().expect("text"));
    (status.as_u16(), body, policy.to_owned())
}

async fn program(database: &Database, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_chantier"));
    command
        .args(arguments)
        .env("CHANTIER_DATA", database.folder());
    if let Some(url) = database.url() {
        command.env("CHANTIER_DATABASE_URL", url);
    }
    command.output().await.expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

on_both_databases! {
    async fn versions_are_read_by_those_who_read_the_proposal(database: Database) {
        let world = World::new(&database).await;
        let version = sealed(&world).await;
        let (status, list) = world.get("member", "/api/proposals/pro/versions").await;
        assert_eq!(status.as_u16(), 200, "{list}");
        let one = &list["versions"][0];
        assert_eq!((&one["rank"], &one["reason"], &one["person"]["person_id"]), (&1.into(), &"freeze".into(), &"facilitator".into()));
        assert_eq!(one["version_id"], version.as_str());
        let (_, alone) = world.get("member", &format!("/api/versions/{version}")).await;
        assert_eq!(&alone, one);
        let (status, file, _) = bytes(&world, "member", &format!("/api/versions/{version}.json")).await;
        let report = verify(&file, None);
        assert_eq!((status, report.code()), (200, "intact"));
        assert_eq!(report.facts.sealed[0].content_sha256, one["content_sha256"].as_str().expect("sealed"));
        let (status, page, policy) = bytes(&world, "member", &format!("/api/versions/{version}.html")).await;
        assert_eq!(status, 200);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(String::from_utf8(page.clone()).expect("text").contains("Un texte secret."));
        // The same bytes, later and after other versions.
        one_more(&world).await;
        assert_eq!(bytes(&world, "owner", &format!("/api/versions/{version}.json")).await.1, file);
        assert_eq!(bytes(&world, "owner", &format!("/api/versions/{version}.html")).await.1, page);
        // Nobody else knows that they are there.
        let id = version.as_str();
        for path in [
            "/api/proposals/pro/versions".to_owned(), "/api/proposals/pro/journal".to_owned(),
            "/api/proposals/pro/dossier.zip".to_owned(), format!("/api/versions/{id}"),
            format!("/api/versions/{id}.json"), format!("/api/versions/{id}.html"),
            format!("/api/versions/{id}.pdf"), "/api/versions/none".to_owned(),
        ] {
            assert_problem(&world.get("nobody", &path).await, 404, "not_found");
            assert_problem(&world.get("", &path).await, 401, "unauthenticated");
        }
    }

    async fn a_version_has_no_file_before_it_is_sealed(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "frozen").await;
        let mut tx = world.store.write().await.expect("begins");
        let opening = Opening { reason: Reason::Freeze, round: 1, document_seq: 0, by: "facilitator", at: AT };
        let version = tx.open_version(&"pro".into(), &opening).await.expect("opens");
        tx.commit().await.expect("commits");
        let (_, one) = world.get("member", &format!("/api/versions/{version}")).await;
        assert_eq!((&one["sealed_at_ms"], &one["content_sha256"]), (&Json::Null, &Json::Null));
        assert_problem(&world.get("member", &format!("/api/versions/{version}.json")).await, 404, "not_found");
    }

    async fn a_dossier_proves_itself_with_its_journal(database: Database) {
        let world = World::new(&database).await;
        sealed(&world).await;
        one_more(&world).await;
        let (status, archive, _) = bytes(&world, "member", "/api/proposals/pro/dossier.zip").await;
        let report = verify(&archive, None);
        assert_eq!((status, report.code()), (200, "intact"), "{:?}", report.findings);
        assert_eq!((report.facts.versions, report.facts.acts), (2, 4));
        let (_, journal) = world.get("member", "/api/proposals/pro/journal").await;
        let acts = journal["acts"].as_array().expect("acts");
        assert_eq!((acts.len(), &acts[0]["act"], &acts[0]["text"], &acts[1]["act"]), (4, &"T08".into(), &"Pour l'avis.".into(), &"sealed".into()));
        // One byte of the page within: named where it stands.
        let at = archive.windows(12).position(|window| window == b"texte secret").expect("stored as it is");
        let mut changed = archive.clone();
        changed[at] = b'T';
        let finding = &verify(&changed, None).findings[0];
        assert_eq!((finding.file.as_str(), finding.wrong.key()), ("versions/1.json", "byte_changed"));
        // An erased text leaves a dossier that verifies.
        world.sql("delete from journal_text").await;
        let (_, archive, _) = bytes(&world, "member", "/api/proposals/pro/dossier.zip").await;
        assert_eq!(verify(&archive, None).code(), "intact");
        let (_, journal) = world.get("member", "/api/proposals/pro/journal").await;
        assert_eq!((&journal["acts"][0]["text"], &journal["acts"][0]["text_erased"]), (&Json::Null, &true.into()));
    }

    async fn anybody_may_ask_whether_a_content_was_sealed(database: Database) {
        let world = World::new(&database).await;
        sealed(&world).await;
        let (_, list) = world.get("member", "/api/proposals/pro/versions").await;
        let hash = list["versions"][0]["content_sha256"].as_str().expect("sealed").to_owned();
        let (status, known) = world.get("", &format!("/api/verification/{}", hash.to_uppercase())).await;
        assert_eq!((status.as_u16(), &known["known"], &known["seals"][0]["reason"]), (200, &true.into(), &"freeze".into()));
        for told in ["secret", "Titre", "pro\"", "doc-"] {
            assert!(!known.to_string().contains(told), "{known}");
        }
        let other = hex(&sha256(b"other"));
        let (status, unknown) = world.get("", &format!("/api/verification/{other}")).await;
        assert_eq!((status.as_u16(), unknown), (200, serde_json::json!({"known": false, "seals": []})));
        assert_problem(&world.get("", "/api/verification/abc").await, 422, "invalid");
        let (status, keys) = world.get("", "/api/verification/keys").await;
        assert_eq!((status.as_u16(), keys["keys"].as_array().map(Vec::len)), (200, Some(1)));
        assert!(!keys.to_string().contains("secret"));
    }

    async fn keys_rotate_and_old_versions_still_verify(database: Database) {
        let world = World::new(&database).await;
        let old = sealed(&world).await;
        let rotated = program(&database, &["admin", "rotate-key"]).await;
        assert!(rotated.status.success(), "{rotated:?}");
        let new = one_more(&world).await;
        let (_, keys, _) = bytes(&world, "", "/api/verification/keys").await;
        let trusted = journal_file::public_keys(&keys).expect("keys");
        assert_eq!(trusted.len(), 2);
        let mut signers = Vec::new();
        for version in [&old, &new] {
            let (_, file, _) = bytes(&world, "member", &format!("/api/versions/{version}.json")).await;
            let report = verify(&file, Some(&trusted));
            assert_eq!((report.code(), report.is_key_trusted), ("intact", true));
            signers.extend(report.facts.keys);
        }
        assert_ne!(signers[0], signers[1]);
        let (_, archive, _) = bytes(&world, "member", "/api/proposals/pro/dossier.zip").await;
        assert_eq!(verify(&archive, Some(&trusted)).code(), "intact");
        // Through the command line: one sentence, and an exit code.
        let file = |name: &str| database.folder().join(name);
        std::fs::write(file("d.zip"), &archive).expect("writes");
        std::fs::write(file("keys.json"), &keys).expect("writes");
        let path = file("d.zip").display().to_string();
        let trusted = program(&database, &["verify", &path, "--key", &file("keys.json").display().to_string()]).await;
        assert!(trusted.status.success(), "{trusted:?}");
        assert!(said(&trusted).starts_with("Ce dossier est intact\u{a0}: 2 versions, 0 avis, 4 actes, scell\u{e9}s par la cl\u{e9} "), "{}", said(&trusted));
        assert!(said(&program(&database, &["verify", &path]).await).contains("vient du fichier lui-m\u{ea}me"));
        let mut changed = archive;
        changed[100] ^= 1;
        std::fs::write(file("d.zip"), &changed).expect("writes");
        let refused = program(&database, &["verify", &path, "--verbose"]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).starts_with("L'octet 58 de manifest.json vaut "), "{}", said(&refused));
        assert!(said(&refused).contains("verdict: byte_changed (dossier)"));
    }

    async fn a_journal_cut_or_changed_is_named(database: Database) {
        let world = World::new(&database).await;
        sealed(&world).await;
        world.store.sign_heads_of_today().await.expect("signs");
        assert_eq!(world.store.sign_heads_of_today().await.expect("reads"), None);
        one_more(&world).await;
        world.store.sign_heads().await.expect("signs");
        let whole = program(&database, &["verify", "--journal"]).await;
        assert!(whole.status.success(), "{whole:?}");
        // The workspace itself may have signed one meanwhile, as it does each day.
        let heads = world.count("select count(*) from journal_head").await;
        assert_eq!(said(&whole), format!("Les journaux sont intacts\u{a0}: 1 propositions, 4 actes, {heads} t\u{ea}tes sign\u{e9}es.\nLe journal de l'administration est intact\u{a0}: 0 actes.\n"));
        database.drop_guards().await;
        // Taken off the end, the chain itself holds: only the head tells.
        world.sql("delete from journal where rank = 4").await;
        assert!(world.store.read().await.expect("begins").journal_is_whole(&"pro".into()).await.expect("reads"));
        let checked = world.store.check_journals().await.expect("reads");
        assert_eq!(checked.first_wrong, Some(WrongJournal::Head { head: heads, proposal: "pro".into(), rank: 4 }));
        world.sql("update journal set person_id = 'owner' where rank = 3").await;
        let broken = program(&database, &["verify", "--journal"]).await;
        assert_eq!(broken.status.code(), Some(1));
        assert!(said(&broken).contains("l'acte 3 de la proposition pro"), "{}", said(&broken));
    }
}
