//! Each guard of the reviewed text through the API: one request, on a proposal where all else is in
//! order, that only this guard refuses; put right again, the same request is done.

use serde_json::{Value as Json, json};

use super::later::AGREEMENT;
use super::moves::APART;
use super::reviewed::{Heading, Said, everybody};
use super::stand::Stand;
use crate::support::on_both_databases;
use crate::support::world::assert_problem;

/// How one guard is brought to refuse, and put right again; `$1` is the proposal.
struct Flaw {
    /// What the request says then; nulls are left out.
    request: Json,
    breaks: &'static str,
    mends: &'static str,
    /// Whether the list tells it before anything is asked: what one is still to give it cannot know.
    is_told: bool,
}

impl Flaw {
    /// What somebody is to give, given badly.
    fn given(request: Json) -> Self {
        Self {
            request,
            breaks: "",
            mends: "",
            is_told: false,
        }
    }

    /// How things stand, badly.
    fn fact(breaks: &'static str, mends: &'static str) -> Self {
        Self {
            request: json!({}),
            breaks,
            mends,
            is_told: true,
        }
    }

    /// What somebody is to give, and what was given by another.
    fn not_given_before(self, breaks: &'static str) -> Self {
        Self {
            breaks,
            mends: "update pending_move set reason = 'Une raison' where proposal_id = $1",
            ..self
        }
    }
}

const REASON_GONE: &str = "update pending_move set reason = null where proposal_id = $1";

/// The one thing that is wrong for this guard.
fn flaw(stand: &Stand, code: &str) -> Flaw {
    match code {
        "porteur_missing" => Flaw::fact(
            "update proposal set porteur_id = null where proposal_id = $1",
            "update proposal set porteur_id = 'org-b' where proposal_id = $1",
        ),
        "porteur_not_accepted" => Flaw::fact(
            "update proposal set porteur_accepted_at_ms = null where proposal_id = $1",
            "update proposal set porteur_accepted_at_ms = 1 where proposal_id = $1",
        ),
        "sheet_incomplete" => Flaw::fact(
            "update proposal set no_jobs_motive = null where proposal_id = $1",
            "update proposal set no_jobs_motive = 'Une \u{e9}tude, sans embauche attendue.' where proposal_id = $1",
        ),
        "duplicates_unanswered" => Flaw {
            is_told: false,
            ..Flaw::fact(
                "insert into proposal_link (from_id, to_id, kind) select $1, proposal_id, 'duplicate' from proposal where proposal_id like '%-double'",
                "update proposal_link set answered_at_ms = 1 where from_id = $1 and to_id like '%-double'",
            )
        },
        "scope_unconfirmed" => Flaw::given(json!({"in_scope": false})),
        "completeness_unconfirmed" => Flaw::given(json!({"is_complete": false})),
        "points_missing" => Flaw::given(json!({"points": []})),
        "due_date_past" => Flaw::given(json!({"due_on": stand.day(0)})),
        "due_date_far" => Flaw::given(json!({"due_on": stand.day(367)})),
        "reason_missing" => Flaw::given(json!({"motive": null})),
        "chantier_unchanged" => Flaw::given(json!({"chantier_id": "CH1"})),
        "chantier_inactive" => Flaw {
            is_told: false,
            ..Flaw::fact(
                "update chantier set status = case when $1 = '' then '' else 'archived' end where chantier_id = 'CH3'",
                "update chantier set status = case when $1 = '' then '' else 'active' end where chantier_id = 'CH3'",
            )
        },
        "hearing_missing" => Flaw::given(json!({"meeting_id": null})),
        "hearing_closed" => Flaw::given(json!({"meeting_id": "no-such-meeting"})),
        "notice_short" => Flaw::given(json!({"meeting_id": null, "closes_on": stand.day(10)})),
        "money_unbalanced" => Flaw::fact(
            "insert into expense (expense_id, proposal_id, rank, year, nature, account, label, amount_cents, version) select 'alone', proposal_id, 99, 2027, 'operation', '62', 'Sans financement', 100, 1 from proposal where proposal_id = $1",
            "delete from expense where proposal_id = $1 and expense_id = 'alone'",
        ),
        "vigilances_unanswered" => Flaw::fact(
            "insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state, created_at_ms) select 'vigilance', proposal_id, 'vigilance', 'member', 'Et le calendrier ?', 'all', 'open', 1 from proposal where proposal_id = $1",
            "update comment set closed_at_ms = 2, state = 'resolved' where proposal_id = $1",
        ),
        "opinion_signed" => Flaw::fact(
            "update opinion set voided_at_ms = null where proposal_id = $1",
            "update opinion set voided_at_ms = 1 where proposal_id = $1",
        ),
        "opinion_missing" => Flaw::fact(
            "update opinion set voided_at_ms = 1 where proposal_id = $1",
            "update opinion set voided_at_ms = null where proposal_id = $1",
        ),
        "opinion_unsigned" => Flaw::fact(
            "update opinion set signed_at_ms = null where proposal_id = $1",
            "update opinion set signed_at_ms = 1 where proposal_id = $1",
        ),
        "opinion_adjourned" => Flaw::fact(
            "update opinion set value = 'adjourned' where proposal_id = $1",
            "update opinion set value = 'favourable' where proposal_id = $1",
        ),
        "opinion_not_adjourned" => Flaw::fact(
            "update opinion set value = 'unfavourable' where proposal_id = $1",
            "update opinion set value = 'adjourned' where proposal_id = $1",
        ),
        "reserves_open" => Flaw::fact(
            "insert into reserve (reserve_id, opinion_id, rank, body, state, version) select 'reserve', opinion_id, 1, 'Un point', 'open', 1 from opinion where proposal_id = $1",
            "update reserve set state = 'addressed' where opinion_id in (select opinion_id from opinion where proposal_id = $1)",
        ),
        "owner_request_missing" => Flaw::fact(
            "update opinion set value = 'unfavourable' where proposal_id = $1",
            "update opinion set value = 'favourable' where proposal_id = $1",
        ),
        "still_active" => Flaw::fact(
            "update proposal set updated_at_ms = stage_since_ms where proposal_id = $1",
            "update proposal set updated_at_ms = 1 where proposal_id = $1",
        ),
        "warnings_missing" => Flaw::fact(
            "delete from inactivity_warning where proposal_id = $1 and warned_at_ms in (select stage_since_ms from proposal)",
            "insert into inactivity_warning (proposal_id, warned_at_ms, warned_by) select proposal_id, stage_since_ms, 'facilitator' from proposal where proposal_id = $1",
        ),
        "too_late" => Flaw::fact(
            "update proposal set stage_since_ms = 1 where proposal_id = $1",
            "update proposal set stage_since_ms = receiving_since_ms where proposal_id = $1",
        ),
        _ => later_flaw(stand, code),
    }
}

/// The one thing that is wrong for a guard of T14 to T27.
fn later_flaw(stand: &Stand, code: &str) -> Flaw {
    match code {
        "fast_track_closed" => Flaw::fact(
            "update programme set rules = case when $1 = '' then '' else '{}' end",
            "update programme set rules = case when $1 = '' then '' else '{\"fast_track\": true}' end",
        ),
        "opinion_not_favourable" => Flaw::fact(
            "update opinion set value = 'favourable_with_reserves' where proposal_id = $1",
            "update opinion set value = 'favourable' where proposal_id = $1",
        ),
        "request_too_large" => Flaw::fact(
            "update envelope_request set amount_cents = 2300001 where proposal_id = $1",
            "update envelope_request set amount_cents = 400000 where proposal_id = $1",
        ),
        "lead_unit_missing" => Flaw::given(json!({"lead_unit_id": null})),
        "rank_missing" => Flaw::given(json!({"rank": 4})),
        "ceilings_missing" => Flaw::given(json!({"ceilings": null})),
        "ceiling_over_request" => Flaw::given(
            json!({"ceilings": [{"code": "CREER", "year": 2027, "amount_cents": 400_001}]}),
        ),
        "reserve_list_twice" => Flaw::fact(
            "insert into arbitration (arbitration_id, proposal_id, body_id, round, value, arbitrated_on, recorded_by, recorded_at_ms) select n || proposal_id, proposal_id, 'body-copil', round, 'reserve_list', '2025-01-02', 'copil_secretary', 1 from proposal cross join (select 'first-' as n union all select 'second-') x where proposal_id = $1",
            "update arbitration set round = 0 where proposal_id = $1",
        ),
        "decision_missing" => Flaw::fact(
            "update decision set abandoned_at_ms = 1 where proposal_id = $1",
            "update decision set abandoned_at_ms = null where proposal_id = $1",
        ),
        "decision_returned" => Flaw::fact(
            "update decision set value = 'returned' where proposal_id = $1",
            "update decision set value = 'approved' where proposal_id = $1",
        ),
        "decision_not_returned" => Flaw::fact(
            "update decision set value = 'rejected' where proposal_id = $1",
            "update decision set value = 'returned' where proposal_id = $1",
        ),
        "review_incomplete" => Flaw::fact(
            "update review_check set state = 'missing' where item = 'republican_contract' and review_id = 'rev-' || $1",
            "update review_check set state = 'not_applicable' where review_id = 'rev-' || $1",
        ),
        "decision_date_future" => Flaw::fact(
            "update decision set decided_on = '2998-01-01' where proposal_id = $1",
            "update decision set decided_on = '2025-01-02' where proposal_id = $1",
        ),
        "envelope_overrun" => Flaw::fact(
            "update decision set override_motive = null where proposal_id = $1",
            "update decision set override_motive = 'Urgence' where proposal_id = $1",
        ),
        "deliberation_used" => Flaw::fact(
            "update decision set deliberation_ref = 'DEL-TAKEN' where proposal_id = $1",
            "update decision set deliberation_ref = 'DEL-' || proposal_id where proposal_id = $1",
        ),
        "return_due_past" => Flaw::fact(
            "update decision set due_on = '2025-01-03' where proposal_id = $1",
            "update decision set due_on = '2999-01-01' where proposal_id = $1",
        ),
        "conditions_open" => Flaw::fact(
            "insert into decision_condition (condition_id, decision_id, rank, body, due_on, blocking, version) select 'open-' || proposal_id, 'dec-' || proposal_id, 1, 'Un point', '2999-01-01', 0, 1 from proposal where proposal_id = $1",
            "update decision_condition set lifted_at_ms = 1 where decision_id = 'dec-' || $1",
        ),
        "blocking_conditions_open" => Flaw::fact(
            "insert into decision_condition (condition_id, decision_id, rank, body, due_on, blocking, version) select 'blocks-' || proposal_id, 'dec-' || proposal_id, 1, 'Un point', '2999-01-01', 1, 1 from proposal where proposal_id = $1",
            "update decision_condition set lifted_at_ms = 1 where decision_id = 'dec-' || $1",
        ),
        "agreement_missing" => {
            Flaw::fact("delete from agreement where proposal_id = $1", AGREEMENT)
        }
        "agreement_compulsory" => Flaw::fact(
            "update agreement set kind = 'none' where proposal_id = $1",
            "update agreement set kind = 'agreement' where proposal_id = $1",
        ),
        "start_missing" => Flaw::given(json!({"starts_on": null})),
        "start_date_future" => Flaw::given(json!({"starts_on": stand.day(1)})),
        "start_report_missing" => Flaw::given(json!({"report": null})),
        "review_date_past" => Flaw::given(json!({"review_on": stand.day(0)})),
        "final_report_missing" => Flaw::fact(
            "update follow_up set submitted_at_ms = null where proposal_id = $1",
            "update follow_up set submitted_at_ms = 1 where proposal_id = $1",
        ),
        _ => panic!("a guard without a request: {code}"),
    }
}

impl Stand {
    /// The one who moves it, or asks.
    fn presser(&self, heading: &Heading, stage: &str, asked: &str, said: &Said) -> String {
        let people = everybody(&self.reviewed).into_iter();
        let mut may =
            people.filter(|(_, role)| self.reviewed.cell(heading, stage, asked, role) == *said);
        may.next()
            .unwrap_or_else(|| panic!("nobody for {heading:?}"))
            .0
            .to_owned()
    }

    /// Each guard refuses this person's request by itself; then nothing does.
    async fn guards_refuse(&self, id: &str, person: &str, heading: &Heading, codes: &[String]) {
        for code in codes {
            let place = format!("{} {code} by {person}", heading.key);
            let mut flaw = flaw(self, code);
            if code == "reason_missing" && self.standing(id).await.pending > 0 {
                flaw = flaw.not_given_before(REASON_GONE);
            }
            self.tamper(id, flaw.breaks).await;
            let before = self.standing(id).await;
            let mut body = self.request(&heading.key, before.version);
            let fields = body.as_object_mut().expect("an object");
            for (name, value) in flaw.request.as_object().expect("an object") {
                fields.insert(name.clone(), value.clone());
            }
            fields.retain(|_, value| !value.is_null());
            let answer = self.post(id, person, body).await;
            assert_problem(&answer, 403, code);
            assert_eq!(answer.1["rule"], heading.key, "{place}");
            assert_eq!(self.standing(id).await, before, "{place}");
            let (_, list) = self.list(id, person).await;
            let entries = list["transitions"].as_array().expect("a list");
            let entry = entries.iter().find(|one| one["transition"] == heading.key);
            let told = &entry.unwrap_or_else(|| panic!("{place}"))["obstacles"];
            let mut expected = Vec::new();
            if flaw.is_told {
                expected.push(json!({"rule": heading.key, "code": code}));
            }
            // A sheet without its porteur lacks it, too.
            if heading.key == "T03" && code.starts_with("porteur") {
                expected.push(json!({"rule": "T03", "code": "sheet_incomplete"}));
            }
            assert_eq!(*told, json!(expected), "{place}");
            self.tamper(id, flaw.mends).await;
        }
    }

    async fn tamper(&self, id: &str, sql: &'static str) {
        if !sql.is_empty() {
            self.world.run(sql, &[id]).await;
        }
    }
}

on_both_databases! {
    async fn each_guard_refuses_the_one_request_that_only_it_refuses(database: Database) {
        let stand = Stand::new(&database).await;
        stand.placed("drafting", "double").await;
        let mut count = 0;
        let apart = |heading: &&Heading| !APART.contains(&heading.key.as_str());
        for heading in stand.reviewed.headings.iter().filter(apart) {
            let starts = |stage: &&String| stand.reviewed.is_listed(&heading.key, stage);
            let stage = stand.reviewed.stages.iter().find(starts).expect("a stage");
            let id = stand.ready_for_guards(stage, &heading.key).await;
            let mut asked = String::new();
            if !heading.asking_guards.is_empty() {
                asked = stand.presser(heading, stage, "", &Said::Asks);
                stand.guards_refuse(&id, &asked, heading, &heading.asking_guards).await;
                // Whoever asked does not agree: another person presides, too.
                let asks = if heading.key == "T14" { "second_chair" } else { &asked };
                stand.must(&id, asks, &heading.key).await;
            }
            let mover = stand.presser(heading, stage, &asked, &Said::Moves);
            // Whoever agrees agrees to what was asked: another chantier cannot be named any more.
            let codes: Vec<String> = heading.guards.iter().filter(|code| asked.is_empty() || *code != "chantier_unchanged").cloned().collect();
            stand.guards_refuse(&id, &mover, heading, &codes).await;
            stand.must(&id, &mover, &heading.key).await;
            stand.sealed().await;
            count += codes.len() + heading.asking_guards.len();
        }
        println!("{count} guards");
        let all = stand.reviewed.headings.iter().filter(apart).map(|heading| heading.guards.len() + heading.asking_guards.len());
        assert_eq!(count + 1, all.sum::<usize>());
    }
}
