//! Honest people write while as many hostile sockets do what they can: nonsense, floods, forged
//! ids, giant messages, readers that never read. Everything honest is acknowledged, nobody honest
//! is cut off, memory stays bounded and the program lives. With many rounds (`make test-long`)
//! also: the honest p99 stays under twice its quiet value, measured in the same run.
//! Here too: the program's end when the disk fails under a commit.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, select};

use crate::support::database::Database;
use crate::support::editor::{Editor, Place, place};
use crate::support::server::Process;
use crate::support::{in_time, until, workspace};

/// What a hostile socket does.
#[derive(Clone, Copy, Debug)]
enum Attack {
    Nonsense,
    /// Asks for the whole text again and again.
    Flood,
    /// Writes under the id of somebody who writes.
    Forged(u64),
    Giant,
    /// Asks for the text and takes nothing.
    Deaf,
}

/// Does it until it is dropped, and comes back whenever it is sent away.
async fn attack(spot: Place, attack: Attack) {
    loop {
        let mut enemy = match attack {
            Attack::Forged(client) => Editor::under(spot.clone(), client),
            Attack::Nonsense | Attack::Flood | Attack::Giant | Attack::Deaf => {
                Editor::new(spot.clone())
            }
        };
        enemy.connect().await;
        match attack {
            Attack::Nonsense => enemy.send_raw(vec![0, 9, 200, 1, 7]).await,
            Attack::Forged(_) => enemy.write("not by its author").await,
            Attack::Giant => {
                enemy.send(&[0, 2], &vec![0xff; 3 << 20]).await;
            }
            Attack::Flood => {
                while enemy.is_connected() {
                    enemy.send(&[0, 0], &[0]).await;
                    enemy.pump().await;
                }
            }
            Attack::Deaf => std::future::pending().await,
        }
        let end = Instant::now() + Duration::from_secs(2);
        while enemy.is_connected() && Instant::now() < end {
            enemy.pump().await;
        }
    }
}

/// Each writes once in a while and waits for the acknowledgement; how long these took, in order.
async fn write_in_turn(honest: &mut [Editor], time: Duration) -> Vec<Duration> {
    let end = Instant::now() + time;
    let each = honest.iter_mut().map(async |editor| {
        let mut took = Vec::new();
        while Instant::now() < end {
            let start = Instant::now();
            editor.write("mot").await;
            editor.settle().await;
            took.push(start.elapsed());
            editor.pump_for(Duration::from_millis(500)).await;
        }
        took
    });
    let mut all: Vec<Duration> = join_all(each).await.into_iter().flatten().collect();
    all.sort_unstable();
    all
}

fn p99(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() * 99 / 100]
}

/// Resident memory of the process, in KiB.
fn memory_kib(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_sockets_harm_nobody() {
    let rounds = std::env::var("CHANTIER_TEST_ROUNDS").ok();
    let is_long = rounds.is_some_and(|rounds| rounds.parse::<u64>().is_ok_and(|n| n >= 20));
    let (count, time) = if is_long {
        (100, Duration::from_secs(120))
    } else {
        (10, Duration::from_secs(4))
    };
    let database = Database::sqlite();
    let store = database.store().await;
    let document = workspace::lay(&database, &store).await;
    store.close().await;
    let process = Process::start(&database).await;
    let spot = |person| place(process.address, document.as_str(), person);
    let writers = ["ada", "ben"];
    let mut honest = Vec::new();
    for number in 0..count {
        let mut editor = Editor::new(spot(writers[number % 2]));
        editor.join().await;
        honest.push(editor);
    }
    let quiet = write_in_turn(&mut honest, time / 4).await;
    let before_kib = memory_kib(&process);

    let known = honest[0].client();
    let kinds = [
        Attack::Nonsense,
        Attack::Flood,
        Attack::Forged(known),
        Attack::Giant,
        Attack::Deaf,
    ];
    let enemies = (0..count).map(|number| attack(spot("rea"), kinds[number % kinds.len()]));
    let enemies = Box::pin(join_all(enemies));
    let working = Box::pin(write_in_turn(&mut honest, time));
    let attacked = match select(working, enemies).await {
        futures_util::future::Either::Left((took, _)) => took,
        futures_util::future::Either::Right(_) => panic!("they never give up"),
    };

    let grown_kib = memory_kib(&process).saturating_sub(before_kib);
    assert!(grown_kib < 512 * 1024, "grew by {grown_kib} KiB");
    for editor in &honest {
        assert_eq!(editor.closed, None, "an honest person was cut off");
        assert!(!editor.text().contains("not by its author"));
    }
    let (before, after) = (p99(&quiet), p99(&attacked));
    println!("honest p99: quiet {before:?}, attacked {after:?}; memory grew by {grown_kib} KiB");
    assert!(
        !is_long || after < 2 * before,
        "{after:?} is not under twice {before:?}"
    );
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
