//! A closed loop: every client keeps so many updates under way; an update counts once every
//! other client of its document has it.

use std::time::Instant;

use super::{Settings, figure, joined};
use crate::report::Figure;
use crate::server::Server;
use crate::socket::Socket;
use crate::update::{self, Heard, Typist};

/// Documents, clients of each, updates under way of each.
const SHAPES: [(usize, usize, u64); 3] = [(1, 10, 8), (1, 10, 64), (100, 2, 8)];

/// The client id of the first client of a document.
const FIRST_CLIENT: u64 = 1000;

struct Client {
    socket: Socket,
    typist: Typist,
    sent: u64,
    /// How many updates of each client of this document were received here.
    got: Vec<u64>,
}

/// Measures every shape.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    SHAPES
        .into_iter()
        .flat_map(|(documents, clients, window)| {
            let server = start(documents);
            let (rate, cpu) = measure(&server, documents, clients, window, settings);
            let name = format!("{documents} x {clients} clients, {window} under way each");
            [
                figure(format!("updates per second, {name}"), rate, "1/s"),
                figure(format!("server CPU per update, {name}"), cpu, "us"),
            ]
        })
        .collect()
}

fn measure(
    server: &Server,
    documents: usize,
    clients: usize,
    window: u64,
    settings: &Settings,
) -> (f64, f64) {
    let mut rooms: Vec<Vec<Client>> = (0..documents)
        .map(|document| {
            (0..clients)
                .map(|at| Client {
                    socket: joined(server, document, server.keeps()),
                    typist: Typist::new(FIRST_CLIENT + at as u64),
                    sent: 0,
                    got: vec![0; clients],
                })
                .collect()
        })
        .collect();
    // A fifth of the time warms up.
    let began = Instant::now();
    let mut counted = None;
    loop {
        let finished: u64 = rooms.iter_mut().map(|room| turn(room, window)).sum();
        let elapsed = began.elapsed();
        match counted {
            None if elapsed >= settings.length() / 5 => {
                counted = Some((Instant::now(), finished, server.cpu()))
            }
            Some((since, before, cpu)) if elapsed >= settings.length() => {
                let (updates, seconds) =
                    ((finished - before) as f64, since.elapsed().as_secs_f64());
                let cpu = (server.cpu() - cpu).as_secs_f64();
                return (updates / seconds, cpu * 1e6 / updates.max(1.0));
            }
            None | Some(_) => {}
        }
    }
}

/// Reads, and sends what the window allows; how many updates are finished in all.
fn turn(room: &mut [Client], window: u64) -> u64 {
    for client in room.iter_mut() {
        let got = &mut client.got;
        client.socket.poll(|frame| {
            if let Heard::Update { client, .. } = update::hear(frame)
                && let Some(count) = got.get_mut(client.wrapping_sub(FIRST_CLIENT) as usize)
            {
                *count += 1;
            }
        });
        assert!(
            client.socket.closed.is_none(),
            "a client was cut off: {:?}",
            client.socket.closed
        );
    }
    let mut all = 0;
    for at in 0..room.len() {
        let others = room.iter().enumerate().filter(|(other, _)| *other != at);
        let finished = others.map(|(_, other)| other.got[at]).min().unwrap_or(0);
        all += finished;
        let client = &mut room[at];
        while client.sent - finished < window {
            let frame = client.typist.type_next("a");
            client.socket.push(&frame);
            client.sent += 1;
        }
        client.socket.flush();
    }
    all
}
