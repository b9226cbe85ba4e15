//! Who is here: one entry a connection, latest only, never stored.
//!
//! The server fills in name, organisation and color from the account; what a client says of
//! itself is replaced, and entries under foreign client ids are never relayed. A client id is
//! reserved for the account that first showed it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::ConnectionId;
use super::bindings::Bindings;
use super::protocol::{self, Cursor, put_number};
use crate::ids::AccountId;
use crate::store::authors::Author;

/// The most one may say of oneself, in bytes of JSON.
const STATE_BYTES: usize = 2048;

/// Ten entries a second leave a connection; between two, the latest waits.
const PACE: Duration = Duration::from_millis(100);

/// Client ids remembered for their account, so that an enemy cannot take one it saw;
/// over this number, those of people who left are forgotten.
pub(super) const RESERVED_AT_MOST: usize = 20_000;

/// A client counts its own changes from 0; a larger clock is nonsense, and sums of larger ones
/// would pass what browsers can read.
const CLOCK_BELOW: u64 = 1 << 31;

/// Browsers read numbers below this.
const SHOWN_BELOW: u64 = 1 << 53;

/// Colors of carets: dark enough to carry white text (contrast at least 4.5:1).
const COLORS: [&str; 12] = [
    "#9b2c2c", "#9c4221", "#7b5b0a", "#4a6b1c", "#22663b", "#11695f", "#0e6377", "#1d5c9c",
    "#3c4fb0", "#5b3fa8", "#86309a", "#a12665",
];

/// The color of an account, the same everywhere.
#[must_use]
pub fn color(account: &AccountId) -> &'static str {
    let sum = account.as_str().bytes().fold(0x811c_9dc5_u32, |sum, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    COLORS[sum as usize % COLORS.len()]
}

/// What others see of one connection.
#[derive(Debug)]
struct Entry {
    client: u64,
    /// The client's own clock.
    clock: u64,
    /// Added for the others, so that a returning client's entry is newer than its removal.
    offset: u64,
    state: String,
    heard: Instant,
    told: Option<Instant>,
    waiting: bool,
}

/// One entry to send: to the others, and to its sender with its own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Whose.
    pub connection: ConnectionId,
    /// Under which client id.
    pub client: u64,
    /// The frame for the others.
    pub frame: Bytes,
    /// The frame for its sender: a sign of life it will ignore.
    pub echo: Bytes,
}

/// The presence of one document.
#[derive(Debug, Default)]
pub struct Presence {
    entries: BTreeMap<ConnectionId, Entry>,
    reserved: HashMap<u64, Reservation>,
    /// Reserved since they were last taken, to be stored.
    fresh: Vec<(u64, AccountId)>,
    /// The one client id of each connection, from its first state until it ends.
    ids: BTreeMap<ConnectionId, u64>,
}

#[derive(Debug)]
struct Reservation {
    account: AccountId,
    /// The last clock the others saw.
    clock: u64,
}

impl Presence {
    /// Takes an awareness update from a connection; `None` when it cannot be read.
    /// What is to be told now is in the answer; more may come with [`Presence::due`].
    pub fn hear(
        &mut self,
        connection: ConnectionId,
        author: &Author,
        update: &Bytes,
        bindings: &Bindings,
        now: Instant,
    ) -> Option<Vec<News>> {
        let mut cursor = Cursor::new(update);
        let mut news = Vec::new();
        for _ in 0..cursor.number()? {
            let (client, clock) = (cursor.number()?, cursor.number()?);
            let state = cursor.bytes()?;
            let theirs = bindings.account(client);
            if theirs.is_some_and(|account| *account != author.account) {
                continue;
            }
            let told = self.hear_one(connection, author, (client, clock), &state, now);
            news.extend(told);
        }
        cursor.is_done().then_some(news)
    }

    fn hear_one(
        &mut self,
        connection: ConnectionId,
        author: &Author,
        (client, clock): (u64, u64),
        state: &Bytes,
        now: Instant,
    ) -> Option<News> {
        match self.ids.get(&connection).copied() {
            Some(known) if known != client => return None,
            Some(_) => {}
            None if !self.may_take(client, &author.account) => return None,
            None => {}
        }
        if state.as_ref() == b"null" {
            return self.remove(connection);
        }
        let shown = self.reserved.get(&client).map_or(0, |known| known.clock);
        if clock >= CLOCK_BELOW || shown + 2 * CLOCK_BELOW >= SHOWN_BELOW {
            return None;
        }
        let state = signed_state(state, author)?;
        self.seat(connection, &author.account, client, clock, now);
        let entry = self.entries.get_mut(&connection)?;
        if clock < entry.clock {
            return None;
        }
        entry.heard = now;
        entry.clock = clock;
        entry.state = state;
        if entry.told.is_some_and(|told| now < told + PACE) {
            entry.waiting = true;
            return None;
        }
        self.tell(connection, now)
    }

    /// Whether the account may show itself under this client id.
    fn may_take(&mut self, client: u64, account: &AccountId) -> bool {
        if let Some(reservation) = self.reserved.get(&client) {
            return reservation.account == *account;
        }
        if self.reserved.len() >= RESERVED_AT_MOST {
            let here: HashSet<u64> = self.ids.values().copied().collect();
            self.reserved.retain(|client, _| here.contains(client));
        }
        self.reserved.len() < RESERVED_AT_MOST
    }

    /// The account that showed itself under this client id.
    #[must_use]
    pub fn reserved_for(&self, client: u64) -> Option<&AccountId> {
        let reservation = self.reserved.get(&client)?;
        Some(&reservation.account)
    }

    /// Client ids that were reserved before this room opened.
    pub fn reserve(&mut self, clients: Vec<(u64, AccountId)>) {
        for (client, account) in clients {
            self.reserved
                .entry(client)
                .or_insert(Reservation { account, clock: 0 });
        }
    }

    /// Those reserved since the last time: to be stored, or they are forgotten with the room.
    pub fn take_fresh(&mut self) -> Vec<(u64, AccountId)> {
        std::mem::take(&mut self.fresh)
    }

    /// Gives the connection its entry. The same person coming back before the old
    /// connection was seen to end takes the entry over.
    fn seat(
        &mut self,
        connection: ConnectionId,
        account: &AccountId,
        client: u64,
        clock: u64,
        now: Instant,
    ) {
        if self.entries.contains_key(&connection) {
            return;
        }
        self.ids.insert(connection, client);
        self.entries.retain(|_, entry| entry.client != client);
        let shown = self.reserved.get(&client).map(|known| known.clock);
        self.entries.insert(
            connection,
            Entry {
                client,
                clock,
                offset: shown.map_or(0, |shown| (shown + 1).saturating_sub(clock)),
                state: String::new(),
                heard: now,
                told: None,
                waiting: false,
            },
        );
        self.reserved.entry(client).or_insert_with(|| {
            self.fresh.push((client, account.clone()));
            Reservation {
                account: account.clone(),
                clock,
            }
        });
    }

    fn tell(&mut self, connection: ConnectionId, now: Instant) -> Option<News> {
        let entry = self.entries.get_mut(&connection)?;
        entry.told = Some(now);
        entry.waiting = false;
        let shown = entry.clock + entry.offset;
        if let Some(reservation) = self.reserved.get_mut(&entry.client) {
            reservation.clock = shown;
        }
        Some(News {
            connection,
            client: entry.client,
            frame: frame(entry.client, shown, &entry.state),
            echo: frame(entry.client, entry.clock, &entry.state),
        })
    }

    /// The connection ended: the others forget it.
    pub fn forget(&mut self, connection: ConnectionId) -> Option<News> {
        self.ids.remove(&connection);
        self.remove(connection)
    }

    /// It said goodbye, or was silent too long.
    fn remove(&mut self, connection: ConnectionId) -> Option<News> {
        let entry = self.entries.remove(&connection)?;
        Some(News {
            connection,
            client: entry.client,
            frame: frame(entry.client, entry.clock + entry.offset, "null"),
            echo: frame(entry.client, entry.clock, "null"),
        })
    }

    /// What is to be told now: entries that waited for their turn, and those silent too long.
    pub fn due(&mut self, now: Instant, forgotten_after: Duration) -> Vec<News> {
        let ids: Vec<ConnectionId> = self.entries.keys().copied().collect();
        let mut news = Vec::new();
        for id in ids {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            if now >= entry.heard + forgotten_after {
                news.extend(self.remove(id));
            } else if entry.waiting && entry.told.is_none_or(|told| now >= told + PACE) {
                news.extend(self.tell(id, now));
            }
        }
        news
    }

    /// When [`Presence::due`] next has something to say.
    #[must_use]
    pub fn next_due(&self, forgotten_after: Duration) -> Option<Instant> {
        self.entries
            .values()
            .map(|entry| match entry.told {
                Some(told) if entry.waiting => told + PACE,
                Some(_) | None => entry.heard + forgotten_after,
            })
            .min()
    }

    /// Everyone here, as frames for a newcomer.
    #[must_use]
    pub fn everyone(&self) -> Vec<(u64, Bytes)> {
        self.entries
            .values()
            .map(|entry| {
                let shown = entry.clock + entry.offset;
                (entry.client, frame(entry.client, shown, &entry.state))
            })
            .collect()
    }
}

/// The client's state with our word on who it is; `None` when it is too long or no object.
fn signed_state(state: &[u8], author: &Author) -> Option<String> {
    if state.len() > STATE_BYTES {
        return None;
    }
    let mut state: Map<String, Value> = serde_json::from_slice(state).ok()?;
    let user = json!({
        "name": author.name,
        "organisation": author.organisation_name,
        "color": color(&author.account),
    });
    state.insert("user".to_owned(), user);
    Some(Value::Object(state).to_string())
}

fn frame(client: u64, clock: u64, state: &str) -> Bytes {
    let mut out = vec![1];
    put_number(&mut out, client);
    put_number(&mut out, clock);
    put_number(&mut out, state.len() as u64);
    out.extend_from_slice(state.as_bytes());
    protocol::awareness(&out)
}
