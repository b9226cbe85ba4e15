//! A hundred honest sockets write while a hundred hostile ones do what they can: nonsense, floods,
//! forged client ids, giant messages, readers that never read. Nobody honest is cut off or
//! refused, everything honest is acknowledged and the same for all, each attack ends with its
//! code, memory stays bounded and the program lives. Nothing here measures speed: the honest p99
//! beside the same attacks is the scenario `hostile` of `bench/`.
//! Here too: the program's end when the disk fails under a commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::database::Database;
use crate::support::editor::{Editor, Place, converge, place};
use crate::support::line::{frame, put_number};
use crate::support::raw::{self, Socket};
use crate::support::server::Process;
use crate::support::{PATIENCE, in_time, until, workspace};

/// Sockets of honest people.
const HONEST: usize = 100;

/// Hostile sockets of each kind; five kinds.
const HOSTILE: usize = 20;

/// Updates of each honest person at least; they go on until every attack was seen to end.
const ROUNDS: usize = 4;

/// The most the program may grow under all of it, in KiB.
const GROWTH_KIB: u64 = 256 * 1024;

/// Frames that one flooding socket sends in one go: more than a burst of its quota.
const FLOOD: usize = 1_500;

/// What a hostile socket does. No account opens more sockets than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Attack {
    Nonsense,
    /// Asks for the whole text, shows presence and asks for everybody's, again and again.
    Flood,
    /// May write, and does so under the id of somebody else who writes.
    Forged,
    /// More than a message may hold.
    Giant,
    /// Asks for the text many times and takes nothing.
    Deaf,
}

impl Attack {
    const ALL: [Self; 5] = [
        Self::Nonsense,
        Self::Flood,
        Self::Forged,
        Self::Giant,
        Self::Deaf,
    ];

    const fn person(self) -> &'static str {
        match self {
            Self::Nonsense => "rea",
            Self::Forged => "cat",
            Self::Flood => "dan",
            Self::Giant | Self::Deaf => "eve",
        }
    }

    /// How the server ends it: at once, or (`None`) only when it goes on for half a minute.
    const fn end(self) -> Option<u16> {
        match self {
            Self::Nonsense => Some(4400),
            Self::Forged => Some(4403),
            Self::Giant => Some(4413),
            Self::Flood | Self::Deaf => None,
        }
    }

    fn frames(self, victim: u64) -> Vec<Vec<u8>> {
        let ask = || vec![0, 0, 1, 0];
        match self {
            Self::Nonsense => vec![vec![0, 9, 200, 1, 7]],
            Self::Flood => (0..FLOOD)
                .map(|at| match at % 3 {
                    0 => ask(),
                    1 => vec![3],
                    _ => frame(&[1], &[1, 77, 1, 2, b'{', b'}']),
                })
                .collect(),
            Self::Forged => vec![frame(&[0, 2], &forged(victim))],
            Self::Giant => vec![frame(&[0, 2], &vec![0xff; 5 << 20])],
            Self::Deaf => (0..40).map(|_| ask()).collect(),
        }
    }
}

/// One character after what the victim wrote: a paragraph, its text, three characters.
fn forged(victim: u64) -> Vec<u8> {
    let victim = usize::try_from(victim).expect("64 bits");
    let mut update = vec![1, 1];
    put_number(&mut update, victim);
    update.extend([5, 0x84]);
    put_number(&mut update, victim);
    update.extend([4, 1, b'!', 0]);
    update
}

/// A socket without a document behind it: it costs the test next to nothing.
struct Enemy {
    socket: Socket,
    /// The code that a refusal named.
    refused: Option<String>,
}

impl Enemy {
    /// `None` when the server no longer answers, which ends the test elsewhere.
    async fn arrive(spot: &Place) -> Option<Self> {
        Some(Self {
            socket: raw::open(spot).await?,
            refused: None,
        })
    }

    /// Reads until the end, or until `stop`; the close code.
    async fn heard_out(&mut self, stop: &AtomicBool) -> Option<u16> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && !stop.load(Ordering::Relaxed) {
            match timeout(Duration::from_millis(100), self.socket.next()).await {
                Err(_) => {}
                Ok(Some(Ok(Message::Close(told)))) => return told.map(|told| told.code.into()),
                Ok(Some(Ok(Message::Binary(frame)))) => {
                    let text = String::from_utf8_lossy(&frame);
                    if frame[0] == 100 && text.contains("\"refused\"") {
                        self.refused = Some(text.into_owned());
                    }
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return None,
            }
        }
        None
    }
}

/// What the test and its enemies tell each other.
#[derive(Debug, Default)]
struct Signals {
    stop: AtomicBool,
    /// Attacks of each kind that the server ended at once.
    ended: [AtomicUsize; Attack::ALL.len()],
}

impl Signals {
    /// Whether every kind that ends at once did so often enough.
    fn is_enough(&self) -> bool {
        Attack::ALL.into_iter().all(|attack| {
            let ended = self.ended[attack as usize].load(Ordering::Relaxed);
            attack.end().is_none() || ended >= HOSTILE
        })
    }
}

/// Who attacks, what they were told at the end, and how often.
type Ends = BTreeMap<(Attack, Option<u16>), usize>;

/// Attacks again and again until `stop`.
async fn attack(attack: Attack, spot: Place, victim: u64, signals: &Signals) -> Ends {
    let (mut ends, frames, stop) = (Ends::new(), attack.frames(victim), &signals.stop);
    while !stop.load(Ordering::Relaxed) {
        let Some(mut enemy) = Enemy::arrive(&spot).await else {
            continue;
        };
        for bytes in &frames {
            let message = Message::Binary(bytes.clone().into());
            let sent = timeout(Duration::from_millis(500), enemy.socket.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) || stop.load(Ordering::Relaxed) {
                break;
            }
        }
        if attack == Attack::Deaf {
            while !stop.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        let told = enemy.heard_out(stop).await;
        if attack == Attack::Forged && told.is_some() {
            let refused = enemy.refused.expect("told why");
            assert!(refused.contains("\"foreign_client\""), "{refused}");
        }
        if told.is_some() && told == attack.end() {
            signals.ended[attack as usize].fetch_add(1, Ordering::Relaxed);
        }
        *ends.entry((attack, told)).or_default() += 1;
    }
    ends
}

/// All attacks, each kind on a thread of its own, so that honest clients do not wait for them.
fn attack_all(
    spot: impl Fn(&'static str) -> Place,
    victim: u64,
    signals: &Arc<Signals>,
) -> Vec<std::thread::JoinHandle<Ends>> {
    let begin = |kind: Attack| {
        let (spot, signals) = (spot(kind.person()), signals.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let all = (0..HOSTILE).map(|_| attack(kind, spot.clone(), victim, &signals));
            let ends = runtime.block_on(join_all(all));
            ends.into_iter()
                .flatten()
                .fold(Ends::new(), |mut all, (end, count)| {
                    *all.entry(end).or_default() += count;
                    all
                })
        })
    };
    Attack::ALL.into_iter().map(begin).collect()
}

/// Everybody honest writes once, and waits for the acknowledgement.
async fn write_once(honest: &mut [Editor], round: usize) {
    let each = honest.iter_mut().enumerate().map(async |(at, editor)| {
        editor.write(&format!("<{at}.{round}>")).await;
        editor.settle().await;
        // The others' words are read, or they would be slow readers themselves.
        editor.pump_for(Duration::from_millis(50)).await;
    });
    join_all(each).await;
}

/// Resident memory of the process, in KiB.
fn memory_kib(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

/// How long they go on: two minutes in `make test-long`, else until each did enough.
fn at_least() -> Duration {
    let rounds = std::env::var("CHANTIER_TEST_ROUNDS").ok();
    let is_long = rounds.is_some_and(|rounds| rounds.parse::<u64>().is_ok_and(|n| n >= 20));
    Duration::from_secs(if is_long { 120 } else { 0 })
}

/// The workspace with the hostile accounts in it; `cat` may write.
async fn set_up(database: &Database) -> String {
    let store = database.store().await;
    let document = workspace::lay(database, &store).await;
    store.close().await;
    for person in ["cat", "dan", "eve"] {
        workspace::lay_person(database, person).await;
    }
    let tie = "insert into proposal_person (proposal_id, person_id, tie, added_at_ms)
               values ('pro-test', 'per-cat', 'contributor', 0)";
    database.execute(tie).await;
    document.as_str().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_sockets_harm_nobody() {
    in_time(async {
        let database = Database::sqlite();
        let document = set_up(&database).await;
        let process = Process::start(&database).await;
        let address = process.address;
        let spot = |person| place(address, &document, person);
        let mut victim = Editor::new(spot("ada"));
        victim.join().await;
        victim.write("mot").await;
        victim.settle().await;
        let mut honest = Vec::new();
        for at in 0..HONEST {
            let mut editor = Editor::new(spot(["ada", "ben"][at % 2]));
            editor.join().await;
            honest.push(editor);
        }
        write_once(&mut honest, 0).await;
        let before_kib = memory_kib(&process);

        let signals = Arc::new(Signals::default());
        let enemies = attack_all(spot, victim.client(), &signals);
        let (began, mut round) = (Instant::now(), 0);
        while round < ROUNDS || began.elapsed() < at_least() || !signals.is_enough() {
            round += 1;
            write_once(&mut honest, round).await;
            victim.pump().await;
        }
        let grown_kib = memory_kib(&process).saturating_sub(before_kib);
        signals.stop.store(true, Ordering::Relaxed);
        let mut ends = Ends::new();
        for enemy in enemies {
            ends.extend(enemy.join().expect("their thread ended well"));
        }
        println!("{round} rounds; the program grew by {grown_kib} KiB; ends: {ends:?}");
        assert!(grown_kib < GROWTH_KIB, "grew by {grown_kib} KiB");
        for attack in Attack::ALL {
            assert_ended(attack, &ends);
        }
        honest.push(victim);
        let mut newcomer = Editor::new(spot("rea"));
        newcomer.join().await;
        honest.push(newcomer);
        assert_unharmed(&mut honest, round).await;
    })
    .await;
}

/// Each attack ended with its code; what goes on for less than half a minute may still be there.
#[track_caller]
fn assert_ended(attack: Attack, ends: &Ends) {
    let late = match attack {
        Attack::Flood => Some(4529),
        Attack::Deaf => Some(4508),
        Attack::Nonsense | Attack::Forged | Attack::Giant => None,
    };
    let told = |code| ends.get(&(attack, code)).copied().unwrap_or(0);
    for (kind, code) in ends.keys().filter(|(kind, _)| *kind == attack) {
        let known = [attack.end(), late, None].contains(code);
        assert!(known, "{kind:?} ended with {code:?}: {ends:?}");
    }
    if let Some(code) = attack.end() {
        assert!(told(Some(code)) >= HOSTILE, "{attack:?}: {ends:?}");
    }
    if attack == Attack::Flood && at_least() > PATIENCE * 2 {
        assert!(told(late) > 0, "no flood was sent away: {ends:?}");
    }
}

/// Nobody honest was cut off or refused, and everybody has every word.
async fn assert_unharmed(honest: &mut [Editor], rounds: usize) {
    for editor in honest.iter() {
        assert_eq!(editor.closed, None, "an honest person was cut off");
        assert!(editor.is_connected() && editor.notice("refused").is_none());
    }
    converge(honest).await;
    let text = honest[0].text();
    assert!(!text.contains('!'), "a forged character is in the text");
    for at in 0..HONEST {
        for round in 0..=rounds {
            let word = format!("<{at}.{round}>");
            assert!(text.contains(&word), "lost: {word}");
        }
    }
}

/// Each file may take so many blocks (of 512 or 1024 bytes): writing beyond is an I/O error.
const BLOCKS: u32 = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_io_error_under_a_commit_ends_the_program_and_loses_nothing() {
    in_time(async {
        let database = Database::sqlite();
        let store = database.store().await;
        let document = workspace::lay(&database, &store).await;
        store.close().await;
        let mut process = Process::start_limited(&database, BLOCKS).await;
        let mut ada = Editor::new(place(process.address, document.as_str(), "ada"));
        ada.join().await;
        let (words, mut acknowledged) = ("mot ".repeat(5_000), 0);
        while ada.is_connected() {
            ada.write(&format!("<{acknowledged}> {words}")).await;
            let sent = ada.sent;
            ada.pump_until("an answer", |ada| ada.stored >= sent || !ada.is_connected())
                .await;
            acknowledged += u64::from(ada.stored >= sent);
        }
        assert!(!process.ended().await.success(), "it says that it failed");
        assert!(acknowledged > 0, "the bound is too tight to test anything");
        let process = Process::start(&database).await;
        let rea = until("served", || async {
            let mut rea = Editor::new(place(process.address, document.as_str(), "rea"));
            rea.join().await;
            Some(rea)
        })
        .await;
        for number in 0..acknowledged {
            assert!(
                rea.text().contains(&format!("<{number}>")),
                "lost: {number} of {acknowledged}"
            );
        }
    })
    .await;
}
