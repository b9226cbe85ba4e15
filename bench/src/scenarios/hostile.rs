//! A hundred hostile sockets beside a hundred honest people: do the people notice? The enemies are
//! a process of their own (`bench --attack ADDRESS DOCUMENT TOKEN VICTIM`), which yields to the
//! driver, so that the delays are the server's and not the driver's.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::fanout::{Person, people, type_beside};
use super::{PATIENCE, Settings, figure, joined, percentile};
use crate::report::Figure;
use crate::server::Server;
use crate::socket::Socket;
use crate::update::{self, Heard, Typist, put_number};

/// Honest people, and how fast each types.
const PEOPLE: usize = 100;
const RATE: f64 = 1.0;

/// Hostile sockets of each kind.
const ENEMIES: usize = 20;

/// Who was sent away comes back after this time.
const COME_BACK: Duration = Duration::from_millis(500);

/// The client id that the enemies forge: of somebody who types once and stays.
const VICTIM: u64 = 900;

/// The name of the figure that is held to a bound.
pub const RATIO: &str = "the same p99, beside hostile : quiet";

/// Measures once.
pub fn run(server: &Server, settings: &Settings) -> Vec<Figure> {
    let length = settings.length() * 2;
    let mut victim = joined(server, 0, true);
    victim.push(&Typist::new(VICTIM).type_next("a"));
    let stored = |frame: &[u8]| matches!(update::hear(frame), Heard::Stored(2..));
    assert!(
        victim.poll_until(PATIENCE, stored),
        "the victim did not type"
    );
    let mut people = people(server, 0, PEOPLE, RATE);
    let type_all = |people: &mut [Person]| type_beside(people, RATE, "a", length, nap);
    let mut quiet = type_all(&mut people);
    let before = server.rss_kb();
    let mut enemies = Enemies::start(server);
    people.iter_mut().for_each(|person| person.now());
    let mut beside = type_all(&mut people);
    let grown = server.rss_kb().saturating_sub(before) as f64 / 1024.0;
    assert!(enemies.attack_still(), "the enemies gave up");
    drop(enemies);
    for seen in [&quiet, &beside] {
        assert_eq!(
            seen.acknowledged.len(),
            seen.sent,
            "an honest update was lost"
        );
    }
    let people_left = people.iter().all(|person| person.socket.closed.is_none());
    assert!(people_left, "an honest person was cut off");
    let p99 = |delays: &mut [f64]| percentile(delays, 0.99);
    let (calm, attacked) = (p99(&mut quiet.acknowledged), p99(&mut beside.acknowledged));
    vec![
        figure(
            format!("send to acknowledgement, p99, {PEOPLE} clients at {RATE}/s"),
            calm,
            "ms",
        ),
        figure(
            format!("the same beside {} hostile sockets", 5 * ENEMIES),
            attacked,
            "ms",
        ),
        figure(RATIO, attacked / calm, ""),
        figure("memory grown beside hostile sockets", grown, "MB"),
    ]
}

/// Leaves the processor to the enemies while there is nothing to do, in both halves alike.
fn nap() {
    std::thread::sleep(Duration::from_micros(100));
}

/// The process that attacks; ends with its owner.
struct Enemies(Child);

impl Enemies {
    fn start(server: &Server) -> Self {
        let program = std::env::current_exe().expect("our own path");
        // From whatever priority the driver has, well below it.
        let child = Command::new("nice")
            .args(["-n", "20"])
            .arg(program)
            .arg("--attack")
            .args(server.target())
            .arg(VICTIM.to_string())
            .stdin(Stdio::null())
            .spawn();
        Self(child.expect("the enemies start"))
    }

    fn attack_still(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Enemies {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a hostile socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attack {
    Nonsense,
    /// Asks for the text and shows presence as fast as the socket takes it.
    Flood,
    /// Writes on in somebody else's words.
    Forged,
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

    fn frames(self, victim: u64) -> Vec<Vec<u8>> {
        let presence = vec![1, 7, 1, 77, 1, 2, b'{', b'}', 0];
        match self {
            Self::Nonsense => vec![vec![0, 9, 200, 1, 7]],
            Self::Flood => vec![update::ask_for_all(), presence, vec![3]],
            Self::Forged => vec![forged(victim)],
            Self::Giant => vec![vec![0; 5 << 20]],
            Self::Deaf => (0..40).map(|_| update::ask_for_all()).collect(),
        }
    }
}

/// What would be the victim's next character: its paragraph, text and one character have the clocks 0 to 2.
fn forged(victim: u64) -> Vec<u8> {
    let mut update = vec![1, 1];
    put_number(&mut update, victim);
    update.extend([3, 0x84]);
    put_number(&mut update, victim);
    update.extend([2, 1, b'!', 0]);
    let mut frame = vec![0, 2];
    put_number(&mut frame, update.len() as u64);
    frame.extend(update);
    frame
}

/// The process that attacks: `ADDRESS DOCUMENT TOKEN VICTIM`. Never ends by itself.
///
/// # Panics
/// When it was not started as it should.
pub fn attack(mut arguments: impl Iterator<Item = String>) -> ! {
    let mut next = || arguments.next().expect("ADDRESS DOCUMENT TOKEN VICTIM");
    let address: SocketAddr = next().parse().expect("an address");
    let (document, token) = (next(), next());
    let victim = next().parse().expect("a client id");
    let headers = format!("Authorization: Bearer {token}\r\n");
    let path = format!("/ws/{document}?notices=1");
    // A thread a kind: whoever waits for an answer holds up its own kind alone.
    for kind in Attack::ALL {
        let (path, headers) = (path.clone(), headers.clone());
        std::thread::spawn(move || {
            let frames = kind.frames(victim);
            let mut sockets: Vec<Enemy> = (0..ENEMIES).map(|_| Enemy::default()).collect();
            loop {
                for enemy in &mut sockets {
                    enemy.go_on(kind, &frames, || {
                        Socket::open(address, &path, &headers).ok()
                    });
                }
                std::thread::sleep(Duration::from_micros(500));
            }
        });
    }
    loop {
        std::thread::park();
    }
}

/// One hostile socket, open or on its way back.
#[derive(Debug, Default)]
struct Enemy {
    socket: Option<Socket>,
    came: Option<Instant>,
}

impl Enemy {
    fn go_on(&mut self, kind: Attack, frames: &[Vec<u8>], open: impl FnOnce() -> Option<Socket>) {
        let Some(socket) = &mut self.socket else {
            if self.came.is_none_or(|came| came.elapsed() >= COME_BACK) {
                self.came = Some(Instant::now());
                self.socket = open();
                if let Some(socket) = &mut self.socket {
                    frames.iter().for_each(|frame| socket.push(frame));
                }
            }
            return;
        };
        socket.flush();
        if kind == Attack::Deaf {
            return;
        }
        socket.poll(|_| {});
        if socket.closed.is_some() {
            self.socket = None;
        } else if kind == Attack::Flood && socket.is_flushed() {
            frames.iter().for_each(|frame| socket.push(frame));
        }
    }
}
