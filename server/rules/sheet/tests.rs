//! Each guard of a row has one input that only it refuses; each lack one sheet where only it shows.

use super::lacks::Gap;
use super::*;
use crate::rules::transitions::Porteur;

/// A row: fields by name.
type Fields = Vec<(&'static str, Raw)>;

fn text(typed: &str) -> Raw {
    Raw::Text(typed.to_owned())
}

fn good(section: Section) -> Fields {
    match section {
        Section::Objectives => vec![("body", text("Un objectif"))],
        Section::Partners => vec![
            ("name", text("CCI")),
            ("role", text("Accompagne")),
            ("state", text("expected")),
        ],
        Section::Calendar => vec![
            ("label", text("Lancement")),
            ("starts_on", text("2027-01-01")),
            ("ends_on", text("2027-01-01")),
        ],
        Section::Budget => vec![
            ("year", Raw::Int(2027)),
            ("nature", text("operation")),
            ("account", text("62")),
            ("label", text("Animation")),
            ("amount_cents", Raw::Int(100)),
        ],
        Section::Funding => vec![
            ("year", Raw::Int(2027)),
            ("funder", text("R\u{e9}gion")),
            ("kind", text("region")),
            ("amount_cents", Raw::Int(100)),
            ("state", text("requested")),
            ("nature", text("cash")),
        ],
        Section::EnvelopeRequests => vec![
            ("code", text("CREER")),
            ("year", Raw::Int(2027)),
            ("amount_cents", Raw::Int(100)),
        ],
        Section::Indicators => vec![
            ("label", text("Personnes form\u{e9}es")),
            ("kind", text("output")),
            ("unit", text("personnes")),
            ("target", text("12,5")),
        ],
        Section::Jobs => vec![
            ("founding_answer", text("no")),
            ("nature", text("created")),
            ("posts", Raw::Int(3)),
            ("fte_hundredths", Raw::Int(300)),
            ("women", Raw::Int(1)),
            ("men", Raw::Int(1)),
            ("undisclosed", Raw::Int(1)),
            ("contract", text("cdi")),
            ("effect_year", Raw::Int(2027)),
            ("confidence", text("C")),
        ],
    }
}

/// What the row is refused for when these fields are otherwise; nothing when it passes.
fn refusal(
    section: Section,
    changes: &[(&'static str, Raw)],
) -> Option<(&'static str, &'static str)> {
    let mut fields = good(section);
    for (name, raw) in changes {
        fields.retain(|(one, _)| one != name);
        fields.push((name, raw.clone()));
    }
    let given = |name: &str| {
        let found = fields.iter().find(|(one, _)| *one == name);
        found.map_or(Raw::Null, |(_, raw)| raw.clone())
    };
    section
        .check(given)
        .err()
        .map(|wrong| (wrong.field, wrong.problem))
}

#[test]
fn a_good_row_passes_and_what_it_needs_is_needed() {
    for section in Section::ALL {
        assert_eq!(refusal(section, &[]), None, "{section:?}");
        for (name, _) in good(section) {
            assert_eq!(
                refusal(section, &[(name, Raw::Null)]),
                Some((name, "required")),
                "{section:?}"
            );
            assert_eq!(
                refusal(section, &[(name, Raw::Other)]).map(|(field, _)| field),
                Some(name)
            );
        }
    }
}

#[test]
fn each_guard_of_a_row_refuses_by_itself() {
    use Section::{Budget, Calendar, Funding, Indicators, Jobs, Objectives, Partners};
    let shares = |all: &[(&str, i64)]| {
        Raw::Shares(
            all.iter()
                .map(|(code, share)| ((*code).to_owned(), *share))
                .collect(),
        )
    };
    let cases: Vec<(Section, &'static str, Raw, &'static str)> = vec![
        (Objectives, "body", text("ab"), "too_short"),
        (Objectives, "body", text(&"x".repeat(301)), "too_long"),
        (Partners, "organisation_id", text("org-a"), "one_of_two"),
        (Partners, "state", text("maybe"), "unknown"),
        (Calendar, "ends_on", text("2026-12-31"), "before_start"),
        (Calendar, "starts_on", text("2027-02-30"), "not_a_day"),
        (Calendar, "ends_on", text("2999-01-01"), "out_of_range"),
        (Budget, "account", text("69"), "account_nature"),
        (Budget, "account", text("6"), "not_an_account"),
        (Budget, "nature", text("investment"), "account_nature"),
        (Budget, "nature", text("in_kind"), "account_nature"),
        (Budget, "amount_cents", Raw::Int(0), "out_of_range"),
        (
            Budget,
            "amount_cents",
            Raw::Int(1_000_000_000_001),
            "out_of_range",
        ),
        (Budget, "amount_cents", text("100"), "not_a_number"),
        (Budget, "year", Raw::Int(1999), "out_of_range"),
        (Funding, "kind", text("bank"), "unknown"),
        (Indicators, "target", text("beaucoup"), "not_a_number"),
        (Indicators, "target", text(&"9".repeat(21)), "too_long"),
        (Jobs, "founding_answer", text("yes"), "counts_nowhere"),
        (Jobs, "women", Raw::Int(2), "sum_differs"),
        (Jobs, "fte_hundredths", Raw::Int(301), "over_posts"),
        (Jobs, "fte_hundredths", Raw::Int(0), "out_of_range"),
        (Jobs, "duration_months", Raw::Int(3), "duration_contract"),
        (
            Jobs,
            "employer_siret",
            text("73282932000075"),
            "not_a_siret",
        ),
        (Jobs, "confidence", text("A"), "unknown"),
        (Jobs, "overlap_percent", Raw::Int(101), "out_of_range"),
        (Jobs, "territories", shares(&[("04", 60)]), "shares_sum"),
        (
            Jobs,
            "territories",
            shares(&[("04", 50), ("04", 50)]),
            "taken",
        ),
        (
            Jobs,
            "territories",
            shares(&[("04", 100), ("05", 0)]),
            "out_of_range",
        ),
    ];
    for (section, field, raw, problem) in cases {
        let found = refusal(section, &[(field, raw.clone())]);
        let named = found.map(|(_, problem)| problem);
        assert_eq!(
            named,
            Some(problem),
            "{section:?} {field} {raw:?}: {found:?}"
        );
    }
    let fits = |contract: &str, months| {
        refusal(
            Jobs,
            &[
                ("contract", text(contract)),
                ("duration_months", Raw::Int(months)),
            ],
        )
        .is_none()
    };
    assert!(fits("cdd_6m_plus", 6) && !fits("cdd_6m_plus", 5));
    assert!(fits("cdd_short", 5) && !fits("cdd_short", 6));
    assert_eq!(
        refusal(
            Budget,
            &[("nature", text("investment")), ("account", text("2183"))]
        ),
        None
    );
    assert_eq!(
        refusal(
            Budget,
            &[("nature", text("in_kind")), ("account", text("86"))]
        ),
        None
    );
    assert_eq!(
        refusal(Jobs, &[("territories", shares(&[("04", 60), ("05", 40)]))]),
        None
    );
}

#[test]
fn the_founding_question_decides_the_kind() {
    use super::rows::{FOUNDING_ANSWERS, job_kind};
    let kinds = FOUNDING_ANSWERS.map(job_kind);
    let supported = Some("supported");
    assert_eq!(
        kinds,
        [Some("direct"), supported, supported, supported, None]
    );
}

#[test]
fn parts_are_checked_like_rows() {
    let wrong = |part: Part, name: &'static str, raw: Raw| {
        let given = |one: &str| if one == name { raw.clone() } else { Raw::Null };
        part.check(given)
            .err()
            .map(|wrong| (wrong.field, wrong.problem))
    };
    assert_eq!(
        wrong(Part::Owner, "contact_email", text("nobody")),
        Some(("contact_email", "not_an_email"))
    );
    assert_eq!(
        wrong(Part::Owner, "contact_email", text("A@B.example ")),
        None
    );
    assert_eq!(
        wrong(Part::TargetPublic, "women_percent", Raw::Int(101)),
        Some(("women_percent", "out_of_range"))
    );
    assert_eq!(
        wrong(
            Part::TargetPublic,
            "tags",
            Raw::Texts(vec!["cats".to_owned()])
        ),
        Some(("tags", "unknown"))
    );
    assert_eq!(
        wrong(Part::Vat, "vat_mode", Raw::Null),
        Some(("vat_mode", "required"))
    );
    assert_eq!(
        wrong(Part::NoJobs, "motive", text("Trop court")),
        Some(("motive", "too_short"))
    );
    assert_eq!(wrong(Part::NoJobs, "motive", Raw::Null), None);
    let many = (0..201).map(|code| code.to_string()).collect();
    assert_eq!(
        wrong(Part::Territory, "codes", Raw::Texts(many)),
        Some(("codes", "too_many"))
    );
}

const TEXTS: [SectionText<'static>; 3] = [
    SectionText {
        key: "context",
        chars: 40,
    },
    SectionText {
        key: "description",
        chars: 1,
    },
    SectionText {
        key: "transversal",
        chars: 1,
    },
];

fn whole() -> SheetFacts {
    let money = |year, cents| Money { year, cents };
    SheetFacts {
        objectives: 1,
        porteur: Porteur::Accepted,
        contact: Given::Yes,
        partners: 1,
        no_partner: Given::No,
        target: Given::Yes,
        headcount: Given::Yes,
        women: Given::Yes,
        territories: 1,
        phases: 1,
        vat: Given::Yes,
        expenses: vec![money(2027, 60), money(2028, 40)],
        funding: vec![money(2027, 60), money(2028, 30), money(2028, 10)],
        kind_expenses: Vec::new(),
        kind_funding: Vec::new(),
        region: vec![money(2028, 30)],
        requests: vec![money(2028, 30)],
        indicators: 1,
        jobs: 1,
        no_jobs: Given::No,
    }
}

/// One change of a whole sheet, and the one lack it shows.
fn cases() -> Vec<(&'static str, SheetFacts)> {
    let money = |year, cents| Money { year, cents };
    let with = |change: &dyn Fn(&mut SheetFacts)| {
        let mut sheet = whole();
        change(&mut sheet);
        sheet
    };
    vec![
        ("objectives_missing", with(&|it| it.objectives = 0)),
        ("objectives_too_many", with(&|it| it.objectives = 6)),
        ("porteur_missing", with(&|it| it.porteur = Porteur::Missing)),
        (
            "porteur_not_accepted",
            with(&|it| it.porteur = Porteur::NotAccepted),
        ),
        ("contact_missing", with(&|it| it.contact = Given::No)),
        ("partners_missing", with(&|it| it.partners = 0)),
        ("target_missing", with(&|it| it.target = Given::No)),
        ("headcount_missing", with(&|it| it.headcount = Given::No)),
        ("women_missing", with(&|it| it.women = Given::No)),
        ("territory_missing", with(&|it| it.territories = 0)),
        ("calendar_missing", with(&|it| it.phases = 0)),
        ("budget_missing", with(&|it| it.expenses.clear())),
        ("vat_missing", with(&|it| it.vat = Given::No)),
        (
            "funding_missing",
            with(&|it| {
                it.funding.clear();
                it.region.clear();
                it.requests.clear();
            }),
        ),
        (
            "funding_differs",
            with(&|it| it.expenses.push(money(2027, 1))),
        ),
        (
            "funding_year_differs",
            with(&|it| {
                it.expenses = vec![money(2027, 100)];
                it.funding = vec![money(2027, 70), money(2028, 30)];
            }),
        ),
        (
            "in_kind_differs",
            with(&|it| it.kind_expenses.push(money(2027, 5))),
        ),
        (
            "in_kind_year_differs",
            with(&|it| {
                it.kind_expenses.push(money(2027, 5));
                it.kind_funding.push(money(2028, 5));
            }),
        ),
        ("requests_differ", with(&|it| it.requests.clear())),
        (
            "requests_year_differ",
            with(&|it| it.requests = vec![money(2027, 30)]),
        ),
        ("indicators_missing", with(&|it| it.indicators = 0)),
        ("jobs_missing", with(&|it| it.jobs = 0)),
    ]
}

#[test]
fn each_lack_shows_alone() {
    assert_eq!(lacks(&TEXTS, &whole(), Experiment::NoMoney), []);
    for (key, sheet) in cases() {
        let found = lacks(&TEXTS, &sheet, Experiment::NoMoney);
        let mut keys: Vec<&str> = found.iter().map(|lack| lack.key()).collect();
        // Both years of a total that fits are named.
        keys.dedup();
        assert_eq!(keys, [key]);
    }
    let mut none = whole();
    (none.partners, none.no_partner) = (0, Given::Yes);
    (none.jobs, none.no_jobs) = (0, Given::Yes);
    assert_eq!(lacks(&TEXTS, &none, Experiment::NoMoney), []);
}

#[test]
fn a_gap_says_both_sums() {
    let mut sheet = whole();
    sheet.expenses.push(Money {
        year: 2027,
        cents: 7,
    });
    let found = lacks(&TEXTS, &sheet, Experiment::NoMoney);
    let gap = Gap {
        year: None,
        expected_cents: 107,
        found_cents: 100,
    };
    assert_eq!(found, [Lack::FundingDiffers(gap)]);
}

#[test]
fn each_text_is_looked_at() {
    let of = |context: i64, others: &[&'static str], experiment| {
        let mut texts: Vec<SectionText<'_>> = others
            .iter()
            .map(|key| SectionText { key, chars: 1 })
            .collect();
        texts.push(SectionText {
            key: "context",
            chars: context,
        });
        lacks(&texts, &whole(), experiment)
    };
    let (both, free) = (["description", "transversal"], Experiment::NoMoney);
    assert_eq!(of(40, &both, free), []);
    assert_eq!(of(6000, &both, free), []);
    assert_eq!(of(39, &both, free), [Lack::ContextTooShort]);
    assert_eq!(of(6001, &both, free), [Lack::ContextTooLong]);
    assert_eq!(of(40, &["transversal"], free), [Lack::DescriptionMissing]);
    assert_eq!(of(40, &["description"], free), [Lack::TransversalMissing]);
    assert_eq!(
        of(40, &both, Experiment::MoneyAsked),
        [Lack::ExperimentMissing]
    );
    let all = ["description", "transversal", "experiment"];
    assert_eq!(of(40, &all, Experiment::MoneyAsked), []);
}

/// Everything at once, in the order of the sheet: a person reads the list from top to bottom.
#[test]
fn every_lack_in_the_order_of_the_sheet() {
    let mut empty = whole();
    empty = SheetFacts {
        objectives: 0,
        porteur: Porteur::Missing,
        contact: Given::No,
        partners: 0,
        target: Given::No,
        headcount: Given::No,
        women: Given::No,
        territories: 0,
        phases: 0,
        expenses: Vec::new(),
        funding: Vec::new(),
        kind_expenses: vec![Money {
            year: 2027,
            cents: 1,
        }],
        requests: Vec::new(),
        indicators: 0,
        jobs: 0,
        ..empty
    };
    let printed: Vec<String> = lacks(&[], &empty, Experiment::MoneyAsked)
        .iter()
        .map(|lack| format!("{}.{} {}", lack.section(), lack.field(), lack.key()))
        .collect();
    assert_eq!(
        printed,
        [
            "context.text context_too_short",
            "objectives.rows objectives_missing",
            "description.text description_missing",
            "owner.porteur porteur_missing",
            "owner.contact_name contact_missing",
            "partners.rows partners_missing",
            "target_public.text target_missing",
            "target_public.headcount headcount_missing",
            "target_public.women_percent women_missing",
            "territory.codes territory_missing",
            "calendar.rows calendar_missing",
            "budget.rows budget_missing",
            "funding.rows funding_missing",
            "funding.amount_cents in_kind_differs",
            "funding.envelope_requests requests_differ",
            "indicators.rows indicators_missing",
            "jobs.rows jobs_missing",
            "transversal.text transversal_missing",
            "experiment.text experiment_missing",
        ]
    );
}
