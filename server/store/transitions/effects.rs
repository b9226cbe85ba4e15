//! What a move leaves behind beside the stage: a number, a version, an agenda, a request, a round.

use serde_json::{Map, Value as Json, json};

use super::{Ask, HearingAsked, Scene, Situation};
use crate::error::Result;
use crate::ids::{ChantierId, VersionId};
use crate::proof::canonical;
use crate::rules::merges::ends_at;
use crate::rules::stage::Stage;
use crate::rules::transitions::{Cleared, Transition};
use crate::store::deposits::Request;
use crate::store::hearings::HearingOf;
use crate::store::journal::Entry;
use crate::store::versions::{Opening, Reason};
use crate::store::{Tx, args};

/// What the journal row of a move says beside who and when: facts without free text or names.
pub(super) type Details = Map<String, Json>;

impl Scene<'_> {
    /// What is heard, put there by this person, now.
    fn hearing_of(&self) -> HearingOf<'_> {
        HearingOf {
            proposal: self.proposal,
            title: &self.row.title,
            chantier_id: &self.row.chantier_id,
            person_id: self.who.person_id.as_str(),
            now: self.now,
        }
    }

    /// A journal entry of this person, now.
    pub(super) fn entry<'a>(&'a self, act: &'a str) -> Entry<'a> {
        Entry {
            person_id: Some(self.who.person_id.as_str()),
            ..Entry::new(act, self.now)
        }
    }
}

impl Tx {
    /// What belongs to the move beside the stage ([`Tx::set_stage`]); the version it opened.
    pub(super) async fn make_move(
        &mut self,
        scene: &Scene<'_>,
        cleared: &Cleared,
        situation: &Situation,
        ask: &Ask,
    ) -> Result<Option<VersionId>> {
        let transition = cleared.transition();
        let to = cleared.to();
        let seq = self.head_seq(&scene.document).await?;
        self.next_epoch(&scene.document).await?;
        let mut details = Details::new();
        let asked = situation.pending(transition);
        if let Some(asked) = asked {
            details.insert("asked_by".into(), json!(asked.person.person_id));
        }
        let version = self.open_for(scene, transition, seq, &mut details).await?;
        self.leave_behind(scene, situation, ask, to, version.as_ref(), &mut details)
            .await?;
        if transition == Transition::Split {
            self.split(scene, cleared, situation, ask, &mut details)
                .await?;
        }
        if transition != Transition::Merge && ends_at(to) {
            self.lapse_merge(scene).await?;
        }
        for pending in &situation.pending {
            let outcome = if pending.transition == transition {
                "accepted"
            } else {
                "lapsed"
            };
            self.close_pending(scene, &pending.pending_move_id, outcome)
                .await?;
        }
        let text = ask
            .reason
            .as_deref()
            .or_else(|| asked.and_then(|asked| asked.reason.as_deref()));
        let note = note(ask, &details);
        let details = canonical::json(&Json::Object(details));
        let entry = Entry {
            capacity: Some(cleared.capacity()),
            from: Some(scene.row.stage),
            to: Some(to),
            note: note.as_deref(),
            text,
            details: Some(&details),
            version_id: version.as_ref().map(VersionId::as_str),
            document_seq: Some(seq),
            ..scene.entry(transition.key())
        };
        let rank = self.record(scene.proposal, &entry).await?;
        self.after_record(scene, ask, rank).await?;
        Ok(version)
    }

    /// The stage, the round and the count of changes.
    pub(super) async fn set_stage(&mut self, scene: &Scene<'_>, cleared: &Cleared) -> Result<()> {
        let (transition, to) = (cleared.transition(), cleared.to());
        let since_ms = if to == scene.row.stage {
            scene.row.stage_since_ms
        } else {
            scene.now.ms()
        };
        self.run(
            "update proposal set stage = $1, round = $2, stage_since_ms = $3, updated_at_ms = $4,
                    receiving_chantier_id = null, receiving_since_ms = null, version = version + 1
             where proposal_id = $5",
            args![
                to.key(),
                transition.round_after(scene.row.round),
                since_ms,
                scene.now.ms(),
                scene.proposal.as_str()
            ],
        )
        .await?;
        Ok(())
    }

    /// The version a freeze, a deposit or an opinion is about (`live-text.md` 7).
    async fn open_for(
        &mut self,
        scene: &Scene<'_>,
        transition: Transition,
        seq: i64,
        details: &mut Details,
    ) -> Result<Option<VersionId>> {
        let Some(reason) = version_reason(transition) else {
            return Ok(None);
        };
        let opening = Opening {
            reason,
            round: transition.round_after(scene.row.round),
            document_seq: seq,
            by: scene.who.person_id.as_str(),
            at: scene.now,
        };
        let version = self.open_version(scene.proposal, &opening).await?;
        details.insert("round".into(), json!(opening.round));
        Ok(Some(version))
    }

    /// What this transition leaves behind, before its journal row.
    async fn leave_behind(
        &mut self,
        scene: &Scene<'_>,
        situation: &Situation,
        ask: &Ask,
        to: Stage,
        version: Option<&VersionId>,
        details: &mut Details,
    ) -> Result<()> {
        let opinion = situation.opinion.as_ref();
        match ask.transition {
            Transition::StartDrafting => self.set_porteur(scene, ask).await?,
            Transition::Submit => {
                let number = self.give_number(scene).await?;
                details.insert("number".into(), json!(number));
                self.answer_duplicates(scene, ask).await?;
                self.answer_requests(scene).await?;
            }
            Transition::Reassign => {
                let to = self.reassign(scene, situation, ask).await?;
                details.insert("from_chantier".into(), json!(scene.row.chantier_id));
                details.insert("to_chantier".into(), json!(to));
            }
            Transition::Freeze => {
                self.answer_requests(scene).await?;
                if let (Some(hearing), Some(version)) = (&ask.hearing, version) {
                    self.put_on_agenda(scene, hearing, version, details).await?;
                }
            }
            Transition::Thaw => self.take_off_agenda(scene).await?,
            Transition::GiveOpinion | Transition::Adjourn => {
                if let Some(opinion) = opinion {
                    self.give_opinion(opinion, scene.now).await?;
                    details.insert("opinion_id".into(), json!(opinion.opinion_id));
                    details.insert("value".into(), json!(opinion.value.key()));
                }
            }
            Transition::SendToCopil => {
                let meeting = self.add_to_copil(scene).await?;
                details.insert("meeting_id".into(), json!(meeting));
            }
            Transition::Withdraw | Transition::CloseInactive | Transition::Dismiss => {
                self.take_off_agenda(scene).await?;
                self.leave_desk(scene).await?;
            }
            Transition::FastTrack
            | Transition::Retain
            | Transition::Rework
            | Transition::KeepInReserve
            | Transition::NotRetain
            | Transition::Evoke => self.leave_copil(scene, ask, version, details).await?,
            Transition::Decide | Transition::SendBack | Transition::ConfirmApproval => {
                self.leave_region(scene, ask, to, version, details).await?;
            }
            Transition::Engage
            | Transition::Begin
            | Transition::Suspend
            | Transition::Complete
            | Transition::Abandon => self.follow_action(scene, ask, details).await?,
            Transition::Admit
            | Transition::RequestCompletion
            | Transition::Reconsider
            // It needs to know in which capacity one acts: see `make_move`.
            | Transition::Split
            | Transition::Reopen => {}
            Transition::Merge => self.leave_for(scene, ask, details).await?,
        }
        if let Some(due) = &ask.due_on {
            details.insert("due_on".into(), json!(due.as_str()));
        }
        Ok(())
    }

    /// What names the journal's row.
    async fn after_record(&mut self, scene: &Scene<'_>, ask: &Ask, rank: i64) -> Result<()> {
        if ask.transition == Transition::SendBack {
            return self.ask_what_is_missing(scene, rank).await;
        }
        match (ask.transition, &ask.due_on) {
            (
                Transition::RequestCompletion | Transition::Adjourn | Transition::Rework,
                Some(due_on),
            ) => {
                let request = Request {
                    reason: ask.reason_code.unwrap_or("other"),
                    points: &ask.points,
                    due_on,
                };
                let person = scene.who.person_id.as_str();
                self.keep_request(scene.proposal, person, rank, &request, scene.now)
                    .await
            }
            _ => Ok(()),
        }
    }

    async fn set_porteur(&mut self, scene: &Scene<'_>, ask: &Ask) -> Result<()> {
        let row = &scene.row;
        let chosen = ask.porteur.as_ref().map(crate::ids::OrganisationId::as_str);
        let chosen = chosen.or(row.porteur_id.as_deref());
        let before = row
            .porteur_accepted_at_ms
            .filter(|_| row.porteur_id.as_deref() == chosen);
        self.run(
            "update proposal set porteur_id = $1, porteur_accepted_at_ms = $2 where proposal_id = $3",
            args![
                chosen,
                before.unwrap_or(scene.now.ms()),
                scene.proposal.as_str()
            ],
        )
        .await?;
        Ok(())
    }

    /// The number is given once and stays.
    async fn give_number(&mut self, scene: &Scene<'_>) -> Result<String> {
        if let Some(number) = &scene.row.number {
            return Ok(number.clone());
        }
        let number = self
            .next_number(&scene.row.chantier_id, &scene.today)
            .await?;
        self.run(
            "update proposal set number = $1 where proposal_id = $2",
            args![&number, scene.proposal.as_str()],
        )
        .await?;
        Ok(number)
    }

    async fn answer_duplicates(&mut self, scene: &Scene<'_>, ask: &Ask) -> Result<()> {
        for answer in &ask.duplicates {
            self.run(
                "update proposal_link set kind = $1, note = $2, answered_by = $3,
                        answered_at_ms = $4
                 where from_id = $5 and to_id = $6 and kind = 'duplicate'
                 and answered_at_ms is null",
                args![
                    answer.kind,
                    answer.note.clone(),
                    scene.who.person_id.as_str(),
                    scene.now.ms(),
                    scene.proposal.as_str(),
                    answer.proposal_id.as_str()
                ],
            )
            .await?;
        }
        Ok(())
    }

    async fn answer_requests(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.run(
            "update completion_request set answered_at_ms = $1
             where proposal_id = $2 and answered_at_ms is null",
            args![scene.now.ms(), scene.proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    /// T07: the number stays, the chantier it came from goes on reading it.
    async fn reassign(
        &mut self,
        scene: &Scene<'_>,
        situation: &Situation,
        ask: &Ask,
    ) -> Result<String> {
        let named = ask.chantier.as_ref().map(ChantierId::as_str);
        let to = situation
            .asked_chantier()
            .or(named)
            .unwrap_or(&scene.row.chantier_id)
            .to_owned();
        let proposal = scene.proposal.as_str();
        self.run(
            "update proposal set chantier_id = $1, origin_chantier_id = $2 where proposal_id = $3",
            args![&to, &scene.row.chantier_id, proposal],
        )
        .await?;
        self.run(
            "delete from proposal_chantier where proposal_id = $1 and chantier_id = $2",
            args![proposal, &to],
        )
        .await?;
        self.run(
            "insert into proposal_chantier (proposal_id, chantier_id) values ($1, $2)
             on conflict (proposal_id, chantier_id) do nothing",
            args![proposal, &scene.row.chantier_id],
        )
        .await?;
        Ok(to)
    }

    async fn put_on_agenda(
        &mut self,
        scene: &Scene<'_>,
        hearing: &HearingAsked,
        version: &VersionId,
        details: &mut Details,
    ) -> Result<()> {
        match hearing {
            HearingAsked::Meeting(meeting) => {
                self.hear_in_meeting(&scene.hearing_of(), meeting, "opinion", version)
                    .await?;
                details.insert("meeting_id".into(), json!(meeting.as_str()));
            }
            HearingAsked::Written(closes_on) => {
                self.open_consultation(&scene.hearing_of(), closes_on, version)
                    .await?;
                details.insert("closes_on".into(), json!(closes_on.as_str()));
            }
        }
        Ok(())
    }

    /// On the agenda of the steering committee's next meeting, if one is planned.
    pub(super) async fn add_to_copil(&mut self, scene: &Scene<'_>) -> Result<Option<String>> {
        let Some(meeting) = self.next_copil(scene.now).await? else {
            return Ok(None);
        };
        let version = self.latest_version(scene.proposal).await?;
        if let Some(version) = version {
            self.hear_in_meeting(&scene.hearing_of(), &meeting, "arbitration", &version)
                .await?;
        }
        Ok(Some(meeting.as_str().to_owned()))
    }

    pub(super) async fn take_off_agenda(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.end_hearings(scene.proposal, scene.now).await?;
        self.void_opinion(scene.proposal, scene.row.round, scene.now)
            .await
    }
}

/// What the history shows of a move in one word: a number, a reason's key.
fn note(ask: &Ask, details: &Details) -> Option<String> {
    let number = details.get("number").and_then(Json::as_str);
    ask.reason_code.or(number).map(ToOwned::to_owned)
}

/// Why a version is kept (`domain.md` 1.5 and section 2: T03, T08, T10, T15, T20, T26).
const fn version_reason(transition: Transition) -> Option<Reason> {
    match transition {
        Transition::Submit => Some(Reason::Deposit),
        Transition::Freeze => Some(Reason::Freeze),
        Transition::GiveOpinion => Some(Reason::Opinion),
        Transition::FastTrack | Transition::Retain | Transition::Evoke => Some(Reason::Arbitration),
        Transition::Decide => Some(Reason::Decision),
        Transition::Complete => Some(Reason::Completion),
        Transition::StartDrafting
        | Transition::Admit
        | Transition::RequestCompletion
        | Transition::Dismiss
        | Transition::Reassign
        | Transition::Thaw
        | Transition::Adjourn
        | Transition::Reconsider
        | Transition::SendToCopil
        | Transition::Rework
        | Transition::KeepInReserve
        | Transition::NotRetain
        | Transition::SendBack
        | Transition::ConfirmApproval
        | Transition::Engage
        | Transition::Begin
        | Transition::Suspend
        | Transition::Abandon
        | Transition::Withdraw
        | Transition::Merge
        | Transition::Split
        | Transition::CloseInactive
        | Transition::Reopen => None,
    }
}
