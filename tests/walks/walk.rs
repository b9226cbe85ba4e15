//! One walk: a proposal from its idea on, step by step, and what each step leaves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chantier::ids::ProposalId;
use chantier::rules::rights::{Action, judge};
use chantier::rules::role::Role;
use chantier::rules::stage::Stage;
use chantier::rules::transitions::Transition;
use serde_json::json;

use super::acts::Act;
use super::choice::{Chooser, Next};
use super::model::{Expected, Known};
use super::people::{ENDING, Ended, seat};
use super::region;
use super::state::State;
use super::{DAY_MS, Met, checks};
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::world::{Answer, World};
use crate::support::{sheet, until};

/// How many steps a walk takes, once it no longer hurries.
const STEPS: usize = 32;

/// How many it may take to hurry.
const HURRIED: usize = 90;

/// What a proposal asks of the Region, in euro cents: what the fast track takes, and more.
const REQUESTS: [i64; 4] = [400_000, 2_300_000, 3_000_000, 3_000_000];

/// A programme that many walks share, one after the other, and its clock.
pub(crate) struct Ground {
    pub(crate) world: World,
    moved_ms: &'static AtomicI64,
    _database: Database,
}

impl Ground {
    pub(crate) async fn lay(database: Database) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let world = World::moving(&database, moved_ms).await;
        seat(&world).await;
        Self {
            world,
            moved_ms,
            _database: database,
        }
    }
}

/// The steps of a walk, as they are told when it fails.
pub(crate) type Story = Arc<Mutex<Vec<String>>>;

/// A sealed version: its signed file and its page.
type Files = (Vec<u8>, Vec<u8>);

/// One walk.
pub(crate) struct Walk<'a> {
    ground: &'a Ground,
    pub(crate) proposal: ProposalId,
    pub(crate) state: State,
    /// What a refused act leaves as it is.
    mark: Vec<i64>,
    pub(crate) known: Known,
    chooser: Chooser,
    story: Story,
    pub(crate) sealed: BTreeMap<String, Files>,
    pub(crate) met: Met,
}

/// A word that says nothing, of this walk alone: no two proposals are alike.
fn word(random: &mut Random) -> String {
    (0..4)
        .map(|_| {
            let (one, other) = (random.below(20) as usize, random.below(6) as usize);
            format!(
                "{}{}",
                &"bcdfghjklmnpqrstvwxz"[one..=one],
                &"aeiouy"[other..=other]
            )
        })
        .collect()
}

impl<'a> Walk<'a> {
    /// The idea is proposed (T01).
    pub(crate) async fn begin(ground: &'a Ground, seed: u64, story: Story) -> Self {
        let (world, mut chooser) = (&ground.world, Chooser::new(seed));
        world.sql("update mandate set valid_to = null").await;
        let has_fast_track = !seed.is_multiple_of(7);
        let rules = json!({"fast_track": has_fast_track}).to_string();
        world
            .run("update programme set rules = $1", &[&rules])
            .await;
        let words = |random: &mut Random| -> Vec<String> { (0..6).map(|_| word(random)).collect() };
        let title = words(&mut chooser.random).join(" ");
        let summary = words(&mut chooser.random).join(" ");
        let idea = json!({"title": title, "summary": summary, "chantier_id": "CH1", "neighbours_shown": true});
        let (status, body) = world.post("owner", "/api/proposals", idea).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        let id = body["proposal_id"].as_str().expect("an id").to_owned();
        world
            .run("insert into proposal_person (proposal_id, person_id, tie, added_at_ms) values ($1, 'contributor', 'contributor', 1)", &[&id])
            .await;
        if chooser.random.below(2) == 0 {
            world
                .run(
                    "insert into proposal_chantier (proposal_id, chantier_id) values ($1, 'CH2')",
                    &[&id],
                )
                .await;
        }
        if chooser.random.below(3) == 0 {
            let twin = format!("twin-{id}");
            world.proposal(&twin, "drafting").await;
            world
                .run(
                    "insert into proposal_link (from_id, to_id, kind) values ($1, $2, 'duplicate')",
                    &[&id, &twin],
                )
                .await;
        }
        let proposal = ProposalId::from(id);
        let mut walk = Self {
            state: State::read(&world.store, &proposal).await,
            mark: Vec::new(),
            known: Known {
                is_filled: false,
                is_written: false,
                extra: None,
                meetings: Vec::new(),
                ended: Ended::new(),
                has_fast_track,
                now_ms: world.store.clock.now().ms(),
            },
            ground,
            proposal,
            chooser,
            story,
            sealed: BTreeMap::new(),
            met: Met::default(),
        };
        walk.read_again().await;
        walk
    }

    pub(crate) fn world(&self) -> &World {
        &self.ground.world
    }

    /// To its end; what it met.
    pub(crate) async fn go(mut self) -> Met {
        let mut steps = 0;
        for at in 0.. {
            if self
                .chooser
                .hurries_to
                .is_some_and(|stage| self.state.stage >= stage)
                || at >= HURRIED
            {
                self.chooser.hurries_to = None;
            }
            let hurries = self.chooser.hurries_to.is_some();
            let is_over = matches!(
                self.state.stage,
                Stage::Rejected | Stage::Completed | Stage::Abandoned
            );
            steps += usize::from(!hurries) * if is_over { 3 } else { 1 };
            if steps > STEPS {
                break;
            }
            self.known.now_ms = self.world().store.clock.now().ms();
            let next = self.chooser.next(&self.state, &self.known);
            self.tell(&next);
            match next {
                Next::Act(person, act) => {
                    let refused = !self.act(person, &act).await;
                    // Where nothing changed, others look only now and then.
                    if refused && self.chooser.random.below(3) > 0 {
                        continue;
                    }
                }
                Next::Later(days) => {
                    self.ground
                        .moved_ms
                        .fetch_add(days * DAY_MS, Ordering::Relaxed);
                }
                Next::Fill => {
                    self.fill().await;
                    self.known.is_filled = true;
                    self.read_again().await;
                }
                Next::Envelope(cents) => {
                    let sql =
                        format!("update envelope set amount_cents = {cents} where code = 'CREER'");
                    self.world().run(sql.leak(), &[]).await;
                    self.read_again().await;
                }
                Next::End(which) => self.end(which).await,
                Next::GiveBack => {
                    self.world().sql("update mandate set valid_to = null").await;
                    self.known.ended.clear();
                }
            }
            self.known.now_ms = self.world().store.clock.now().ms();
            if !hurries {
                self.look_around().await;
            }
        }
        checks::sealed_stay(&self).await;
        self.met
    }

    fn tell(&self, next: &Next) {
        let state = &self.state;
        let line = format!("{} v{}: {next:?}", state.stage.key(), state.version);
        self.story.lock().expect("whole").push(line);
    }

    async fn read_again(&mut self) {
        let store = &self.ground.world.store;
        self.state = State::read(store, &self.proposal).await;
        self.mark = State::mark(store, &self.proposal).await;
        self.met.reach(self.state.stage);
    }

    /// The structured sections, with what is asked of the Region, and jobs now and then.
    async fn fill(&mut self) {
        let (asked, expects_jobs) = (self.chooser.pick(&REQUESTS), self.chooser.one_in(2));
        let (world, id) = (self.world(), self.proposal.as_str());
        sheet::complete(&world.store, id).await;
        for sql in [
            format!("update envelope_request set amount_cents = {asked} where proposal_id = $1"),
            format!(
                "update funding set amount_cents = {asked} where kind = 'region' and proposal_id = $1"
            ),
            format!("update expense set amount_cents = {asked} + 600000 where proposal_id = $1"),
        ] {
            world.run(sql.leak(), &[id]).await;
        }
        if expects_jobs {
            for sql in [
                "insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version) select 'job-' || proposal_id, proposal_id, 1, 'direct', 'created', 'forecast', 10, 900, 5, 5, 0, 'cdi', 2027, 'C', 1 from proposal where proposal_id = $1",
                "update proposal set no_jobs_motive = null where proposal_id = $1",
            ] {
                world.run(sql, &[id]).await;
            }
        }
    }

    async fn end(&mut self, which: usize) {
        let (_, id, mandate) = ENDING[which];
        // The last validator's mandate does not end.
        let validators = self
            .known
            .ended
            .iter()
            .filter(|one| one.1 == Role::RegionValidator);
        if mandate.1 == Role::RegionValidator && validators.count() > 0 {
            return;
        }
        if self.known.ended.insert(mandate) {
            let path = format!("/api/mandates/{id}");
            let (status, body) = self.world().ask("DELETE", "admin", &path, None).await;
            assert_eq!(status.as_u16(), 204, "{body}");
        }
    }

    /// One act, and everything that must hold after it; whether it was done.
    async fn act(&mut self, person: &'static str, act: &Act) -> bool {
        let expected = act.expected(person, &self.state, &self.known);
        let (world, id) = (&self.ground.world, self.proposal.as_str());
        let answer = act
            .perform(world, person, id, &self.state, &self.known)
            .await;
        checks::answered(&answer, expected, act);
        if let Act::Region(of) = act {
            let verdict = of.verdict(person, &self.state, &self.known);
            region::told(&answer, &verdict);
            for (_, code) in verdict.1 {
                self.met.refused(code);
            }
        }
        if let Expected::Refused(_, code) = expected {
            let mark = State::mark(&world.store, &self.proposal).await;
            assert_eq!(self.mark, mark, "what is refused changes nothing");
            self.met.refused(code);
            return false;
        }
        if matches!(act, Act::Move(..)) {
            self.seal().await;
        }
        let before = self.state.clone();
        self.read_again().await;
        checks::changed(&before, self, person, act);
        checks::chain_is_whole(self).await;
        self.remember(person, act, &answer).await;
        true
    }

    /// Until no version waits for its seal.
    async fn seal(&self) {
        let (store, proposal) = (&self.ground.world.store, &self.proposal);
        until("sealed", || async {
            let mut tx = store.read().await.expect("reads");
            let sql =
                "select count(*) from version where proposal_id = $1 and sealed_at_ms is null";
            let row = tx.row(sql, &[proposal.as_str().into()]).await;
            let open = row
                .expect("reads")
                .expect("a row")
                .int(0)
                .expect("a number");
            (open == 0).then_some(())
        })
        .await;
    }

    /// What the walk knows of an act that was done.
    async fn remember(&mut self, person: &str, act: &Act, answer: &Answer) {
        let is_seen = judge(Action::Read, &self.known.facts(person, &self.state)).is_ok();
        match act {
            Act::Move(transition, _) => {
                let moved = self
                    .state
                    .journal
                    .last()
                    .is_some_and(|row| row.act == transition.key());
                self.met.took(*transition, moved);
                // An act may end one's right to read: it is told that it is done, no more.
                let status = if is_seen { 201 } else { 204 };
                assert_eq!(answer.0.as_u16(), status, "{}", answer.1);
                checks::keep_sealed(self).await;
            }
            Act::Plan(chantier, days) => {
                let id = answer.1["meeting_id"].as_str().expect("an id").to_owned();
                let at_ms = self.known.now_ms + days * DAY_MS;
                self.known.meetings.push((id, chantier, at_ms));
            }
            Act::AddRow("budget", id) => self.known.extra = Some(id.clone()),
            Act::RemoveRow(_) => self.known.extra = None,
            Act::Type(_, whole) => self.known.is_written |= whole,
            Act::Cancel(transition) | Act::Decline(transition) => self.met.ended(*transition),
            Act::Region(act) => self.met.done(act.name()),
            Act::AddRow(..)
            | Act::Warn
            | Act::Prepare(_)
            | Act::Sign(_)
            | Act::AnswerReserve(..)
            | Act::Open(..)
            | Act::Reply(..)
            | Act::Close(..)
            | Act::Rename(..) => {}
        }
    }

    /// What anybody sees now: the page, and one of the other views.
    async fn look_around(&mut self) {
        let reader = self.chooser.anybody();
        checks::page(self, reader).await;
        let other = self.chooser.anybody();
        match self.chooser.random.below(6) {
            0..=2 => {
                let asker = self.chooser.reader(&self.state, &self.known);
                checks::list(self, asker).await;
            }
            3 => checks::board(self, other).await,
            4 => checks::desk(self, other).await,
            _ => {
                let which = self.chooser.random.below(5) as usize;
                checks::detail(self, other, which).await;
            }
        }
        if self.state.stage >= Stage::OpinionGiven {
            let (other, which) = (
                self.chooser.anybody(),
                self.chooser.random.below(4) as usize,
            );
            region::look(self, other, which).await;
        }
    }

    /// Whether the person may read the proposal.
    pub(crate) fn may_read(&self, person: &str) -> bool {
        judge(Action::Read, &self.known.facts(person, &self.state)).is_ok()
    }
}

/// How a transition shows in the journal: as itself once the proposal moves, before that as asked for.
pub(crate) fn act_of(transition: Transition, moves: bool) -> String {
    if moves {
        transition.key().to_owned()
    } else {
        format!("asked:{}", transition.key())
    }
}
