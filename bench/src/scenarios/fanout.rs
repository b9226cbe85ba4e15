//! At the pace of people: from sending to each receiver, and the server's work for it.

use std::time::{Duration, Instant};

use super::{Settings, figure, joined, percentile};
use crate::report::Figure;
use crate::server::Server;
use crate::socket::Socket;
use crate::update::{self, Heard, Typist};

/// Clients of the one document, updates a second of each.
const SHAPES: [(usize, f64); 2] = [(10, 10.0), (200, 1.0)];

/// How long the last updates may take to reach everybody, on a slow build too.
const LAST_DELIVERIES: Duration = Duration::from_secs(20);

/// The client id of the first client.
const FIRST_CLIENT: u64 = 1000;

/// One person at a keyboard.
pub struct Person {
    /// Their socket.
    pub socket: Socket,
    typist: Typist,
    next: Instant,
    sent: Vec<Instant>,
    /// How many of them are acknowledged.
    stored: usize,
}

impl Person {
    /// So many sync frames are on disk; the first of them was the empty answer of the join.
    fn note(&mut self, frames: usize, arrived: Instant, seen: &mut Seen) {
        let stored = frames.saturating_sub(1).min(self.sent.len());
        for sent in self.sent.iter().take(stored).skip(self.stored) {
            seen.acknowledged
                .push((arrived - *sent).as_secs_f64() * 1e3);
        }
        self.stored = self.stored.max(stored);
    }

    /// Types the next key now.
    pub fn now(&mut self) {
        self.next = Instant::now();
    }
}

/// What was seen of a run.
#[derive(Debug, Default)]
pub struct Seen {
    /// From sending to each receiver, in ms.
    pub delays: Vec<f64>,
    /// Updates sent.
    pub sent: usize,
    /// From sending to the acknowledgement, in ms.
    pub acknowledged: Vec<f64>,
}

/// Measures every shape.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (clients, rate) in SHAPES {
        let server = start(1);
        let mut people = people(&server, 0, clients, rate);
        let cpu = server.cpu();
        let mut seen = type_for(&mut people, rate, "a", settings.length());
        let cpu = (server.cpu() - cpu).as_secs_f64() * 1e3;
        let expected = seen.sent * (clients - 1);
        assert_eq!(
            seen.delays.len(),
            expected,
            "every update reaches every other client once"
        );
        let name = format!("{clients} clients at {rate}/s");
        for (share, word) in [(0.5, "p50"), (0.99, "p99")] {
            let value = percentile(&mut seen.delays, share);
            figures.push(figure(
                format!("send to each receiver, {word}, {name}"),
                value,
                "ms",
            ));
        }
        let per_thousand = cpu * 1e3 / seen.delays.len() as f64;
        figures.push(figure(
            format!("server CPU per 1,000 deliveries, {name}"),
            per_thousand,
            "ms",
        ));
    }
    figures
}

/// People who have joined, their first keys spread over one interval.
pub fn people(server: &Server, document: usize, clients: usize, rate: f64) -> Vec<Person> {
    let interval = Duration::from_secs_f64(1.0 / rate);
    let sockets: Vec<Socket> = (0..clients)
        .map(|_| joined(server, document, server.keeps()))
        .collect();
    let now = Instant::now();
    sockets
        .into_iter()
        .enumerate()
        .map(|(at, socket)| Person {
            socket,
            typist: Typist::new(FIRST_CLIENT + at as u64),
            next: now + interval.mul_f64(at as f64 / clients as f64),
            sent: Vec::new(),
            stored: 0,
        })
        .collect()
}

/// Everybody types `text` at this pace for so long; then waits for the last deliveries.
pub fn type_for(people: &mut [Person], rate: f64, text: &str, length: Duration) -> Seen {
    type_beside(people, rate, text, length, std::hint::spin_loop)
}

/// The same; `idle` is what the driver does whenever nothing has come.
pub fn type_beside(
    people: &mut [Person],
    rate: f64,
    text: &str,
    length: Duration,
    idle: impl Fn(),
) -> Seen {
    let interval = Duration::from_secs_f64(1.0 / rate);
    let mut seen = Seen::default();
    let end = Instant::now() + length;
    let quiet_at = end + LAST_DELIVERIES;
    loop {
        let now = Instant::now();
        if now >= quiet_at || (now >= end && seen.delays.len() == seen.sent * (people.len() - 1)) {
            return seen;
        }
        for person in people.iter_mut() {
            if now >= person.next && now < end {
                let frame = person.typist.type_next(text);
                person.sent.push(Instant::now());
                person.socket.push(&frame);
                person.socket.flush();
                person.next += interval;
                seen.sent += 1;
            }
        }
        let mut some = false;
        for at in 0..people.len() {
            let (mut heard, mut stored) = (Vec::new(), 0);
            some |= people[at].socket.poll(|frame| match update::hear(frame) {
                Heard::Update { client, clock } => heard.push((client, clock)),
                Heard::Stored(count) => stored = count as usize,
                _ => {}
            });
            let arrived = Instant::now();
            people[at].note(stored, arrived, &mut seen);
            for (client, clock) in heard {
                let Some(sender) = people.get(client.wrapping_sub(FIRST_CLIENT) as usize) else {
                    continue;
                };
                // The first update is a paragraph, its text and the words.
                let number = clock.saturating_sub(2) as usize / text.len();
                if let Some(sent) = sender.sent.get(number) {
                    seen.delays.push((arrived - *sent).as_secs_f64() * 1e3);
                }
            }
        }
        if !some {
            idle();
        }
    }
}
