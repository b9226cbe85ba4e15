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

/// A longer awareness update is not looked at: stock clients repeat whom they know, and this is a
/// full room of them.
const UPDATE_BYTES: usize = 256 * 1024;

/// What a client says when it leaves.
const GOODBYE: &[u8] = b"null";

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

/// What one connection says of itself.
#[derive(Debug)]
struct Entry {
    client: u64,
    /// The client's own clock.
    clock: u64,
    /// Added for the others, so that a returning client's entry is newer than its removal.
    offset: u64,
    /// What the others see, under which clock of the client; `None` until they were told.
    shown: Option<(u64, String)>,
    /// What came since, as it came: read when it is told.
    waiting: Option<Bytes>,
    heard: Instant,
}

/// The one client id of a connection, which outlives what it says of itself.
#[derive(Debug)]
struct Own {
    client: u64,
    /// When the others were last told of it.
    told: Option<Instant>,
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
    /// From the first state of a connection until it ends.
    ids: BTreeMap<ConnectionId, Own>,
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
    ///
    /// Of all it says only the last word about itself counts, and that is read and signed ten
    /// times a second at most.
    pub fn hear(
        &mut self,
        connection: ConnectionId,
        author: &Author,
        update: &Bytes,
        bindings: &Bindings,
        now: Instant,
    ) -> Option<Vec<News>> {
        if update.len() > UPDATE_BYTES {
            metrics::counter!("chantier_presence_too_long_total").increment(1);
            return Some(Vec::new());
        }
        let mut cursor = Cursor::new(update);
        let known = self.ids.get(&connection).map(|own| own.client);
        let (mut own, mut last) = (known, None);
        for _ in 0..cursor.number()? {
            let (client, clock) = (cursor.number()?, cursor.number()?);
            let state = cursor.bytes()?;
            if own.is_none() && self.is_free(client, &author.account, bindings) {
                own = Some(client);
            }
            if own == Some(client) && clock < CLOCK_BELOW && state.len() <= STATE_BYTES {
                last = Some((client, clock, state));
            }
        }
        if !cursor.is_done() {
            return None;
        }
        let Some((client, clock, state)) = last else {
            return Some(Vec::new());
        };
        let theirs = bindings.account(client);
        if theirs.is_some_and(|account| *account != author.account)
            || known.is_none() && !self.may_take(client, &author.account)
        {
            return Some(Vec::new());
        }
        let news = self.hear_own(connection, author, (client, clock), &state, now);
        Some(news.into_iter().collect())
    }

    fn hear_own(
        &mut self,
        connection: ConnectionId,
        author: &Author,
        (client, clock): (u64, u64),
        state: &Bytes,
        now: Instant,
    ) -> Option<News> {
        let shown = self.reserved.get(&client).map_or(0, |known| known.clock);
        if shown + 2 * CLOCK_BELOW >= SHOWN_BELOW {
            return None;
        }
        let is_here = self.entries.contains_key(&connection);
        if !is_here && state.as_ref() == GOODBYE {
            return None;
        }
        self.seat(connection, &author.account, client, clock, now);
        let entry = self.entries.get_mut(&connection)?;
        if clock < entry.clock {
            return None;
        }
        (entry.heard, entry.clock) = (now, clock);
        // A copy: it may wait, and the rest of its frame need not.
        entry.waiting = Some(Bytes::copy_from_slice(state));
        let told = self.ids.get(&connection).and_then(|own| own.told);
        if told.is_some_and(|told| now < told + PACE) {
            return None;
        }
        self.tell(connection, author, now)
    }

    /// Whether nobody else is known to have this client id.
    fn is_free(&self, client: u64, account: &AccountId, bindings: &Bindings) -> bool {
        let owner = bindings.account(client).or(self.reserved_for(client));
        owner.is_none_or(|owner| owner == account)
    }

    /// Whether the account may show itself under this client id.
    fn may_take(&mut self, client: u64, account: &AccountId) -> bool {
        if let Some(reservation) = self.reserved.get(&client) {
            return reservation.account == *account;
        }
        if self.reserved.len() >= RESERVED_AT_MOST {
            let here: HashSet<u64> = self.ids.values().map(|own| own.client).collect();
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
        self.ids
            .entry(connection)
            .or_insert(Own { client, told: None });
        self.entries.retain(|_, entry| entry.client != client);
        let shown = self.reserved.get(&client).map(|known| known.clock);
        self.entries.insert(
            connection,
            Entry {
                client,
                clock,
                offset: shown.map_or(0, |shown| (shown + 1).saturating_sub(clock)),
                shown: None,
                waiting: None,
                heard: now,
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

    /// Tells the others what waits, signed by us; nothing when it is not a state.
    fn tell(&mut self, connection: ConnectionId, author: &Author, now: Instant) -> Option<News> {
        let entry = self.entries.get_mut(&connection)?;
        let state = entry.waiting.take()?;
        let own = self.ids.get_mut(&connection)?;
        if state.as_ref() == GOODBYE {
            own.told = Some(now);
            return self.remove(connection);
        }
        let Some(state) = signed_state(&state, author) else {
            if entry.shown.is_none() {
                self.entries.remove(&connection);
            }
            return None;
        };
        own.told = Some(now);
        let news = self.news(connection, &state)?;
        let entry = self.entries.get_mut(&connection)?;
        entry.shown = Some((entry.clock, state));
        Some(news)
    }

    /// The frames that say this of a connection, under its latest clock.
    fn news(&mut self, connection: ConnectionId, state: &str) -> Option<News> {
        let entry = self.entries.get(&connection)?;
        let shown = entry.clock + entry.offset;
        if let Some(reservation) = self.reserved.get_mut(&entry.client) {
            reservation.clock = shown;
        }
        Some(News {
            connection,
            client: entry.client,
            frame: frame(entry.client, shown, state),
            echo: frame(entry.client, entry.clock, state),
        })
    }

    /// The connection ended: the others forget it.
    pub fn forget(&mut self, connection: ConnectionId) -> Option<News> {
        self.ids.remove(&connection);
        self.remove(connection)
    }

    /// It said goodbye, or was silent too long. Who was not told of it need not forget it.
    fn remove(&mut self, connection: ConnectionId) -> Option<News> {
        let is_shown = self.entries.get(&connection)?.shown.is_some();
        let news = is_shown.then(|| self.news(connection, "null")).flatten();
        self.entries.remove(&connection);
        news
    }

    /// What is to be told now: entries that waited for their turn, and those silent too long.
    pub fn due<'a>(
        &mut self,
        now: Instant,
        forgotten_after: Duration,
        author: impl Fn(ConnectionId) -> Option<&'a Author>,
    ) -> Vec<News> {
        let ids: Vec<ConnectionId> = self.entries.keys().copied().collect();
        let mut news = Vec::new();
        for id in ids {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            if now >= entry.heard + forgotten_after {
                news.extend(self.remove(id));
            } else if entry.waiting.is_some()
                && self.turn_of(id).is_none_or(|turn| now >= turn)
                && let Some(author) = author(id)
            {
                news.extend(self.tell(id, author, now));
            }
        }
        news
    }

    /// When the others may next be told of this connection; `None` when they never were.
    fn turn_of(&self, connection: ConnectionId) -> Option<Instant> {
        let told = self.ids.get(&connection)?.told?;
        Some(told + PACE)
    }

    /// When [`Presence::due`] next has something to say.
    #[must_use]
    pub fn next_due(&self, forgotten_after: Duration) -> Option<Instant> {
        let due = |(id, entry): (&ConnectionId, &Entry)| {
            let turn = entry.waiting.as_ref().and_then(|_| self.turn_of(*id));
            turn.unwrap_or(entry.heard + forgotten_after)
        };
        self.entries.iter().map(due).min()
    }

    /// Everyone here, as frames for a newcomer.
    #[must_use]
    pub fn everyone(&self) -> Vec<(u64, Bytes)> {
        let shown = self.entries.values().filter_map(|entry| {
            let (clock, state) = entry.shown.as_ref()?;
            Some((
                entry.client,
                frame(entry.client, clock + entry.offset, state),
            ))
        });
        shown.collect()
    }
}

/// The client's state with our word on who it is; `None` when it is no object.
fn signed_state(state: &[u8], author: &Author) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ME: ConnectionId = ConnectionId(1);
    const FORGOTTEN: Duration = Duration::from_secs(30);

    fn author() -> Author {
        Author {
            account: "acc-ada".to_owned().into(),
            name: "Ada".to_owned(),
            organisation: None,
            organisation_name: None,
        }
    }

    fn update(entries: &[(u64, u64, &str)]) -> Bytes {
        let mut out = Vec::new();
        put_number(&mut out, entries.len() as u64);
        for (client, clock, state) in entries {
            put_number(&mut out, *client);
            put_number(&mut out, *clock);
            put_number(&mut out, state.len() as u64);
            out.extend_from_slice(state.as_bytes());
        }
        out.into()
    }

    /// Hears one update of ours; how many times the others are told at once.
    fn hear(presence: &mut Presence, entries: &[(u64, u64, &str)], now: Instant) -> usize {
        let heard = presence.hear(ME, &author(), &update(entries), &Bindings::default(), now);
        heard.expect("readable").len()
    }

    #[test]
    fn of_a_frame_full_of_oneself_the_last_word_counts() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        let many: Vec<(u64, u64, String)> = (0..10_000)
            .map(|clock| (7, clock, format!(r#"{{"at":{clock}}}"#)))
            .collect();
        let many: Vec<(u64, u64, &str)> = many.iter().map(|(a, b, c)| (*a, *b, &**c)).collect();
        assert_eq!(hear(&mut presence, &many, now), 1);
        let (_, shown) = presence.everyone().remove(0);
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(shown.contains(r#""at":9999"#), "{shown}");
        // One that is longer than a full room is not looked at, and harms nobody.
        let state = format!(r#"{{"at":"{}"}}"#, "x".repeat(2_000));
        let long: Vec<(u64, u64, &str)> = (10_000..10_200).map(|n| (7, n, &*state)).collect();
        assert_eq!(hear(&mut presence, &long, now + PACE), 0);
    }

    #[test]
    fn coming_and_going_keeps_the_pace() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        let mut told = 0;
        for ms in 0..2_000u64 {
            let now = start + Duration::from_millis(ms);
            for at in 0..10 {
                let state = if at % 2 == 0 { "{}" } else { "null" };
                told += hear(&mut presence, &[(7, 10 * ms + at, state)], now);
            }
            let author = author();
            told += presence.due(now, FORGOTTEN, |_| Some(&author)).len();
        }
        assert!((10..=21).contains(&told), "{told} in two seconds");
    }

    #[test]
    fn what_waits_is_told_when_its_turn_comes_and_not_shown_before() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        assert_eq!(hear(&mut presence, &[(7, 1, r#"{"a":1}"#)], start), 1);
        assert_eq!(hear(&mut presence, &[(7, 2, r#"{"a":2}"#)], start), 0);
        let before = presence.everyone();
        assert_eq!(presence.next_due(FORGOTTEN), Some(start + PACE));
        let author = author();
        let news = presence.due(start + PACE, FORGOTTEN, |_| Some(&author));
        assert_eq!(news.len(), 1);
        assert_ne!(before, presence.everyone());
        // Not a state: nothing is told, and what was shown stays.
        assert_eq!(hear(&mut presence, &[(7, 3, "[]")], start + 2 * PACE), 0);
        assert_eq!(presence.everyone().len(), 1);
        assert_eq!(hear(&mut presence, &[(7, 4, "null")], start + 2 * PACE), 1);
        assert_eq!(presence.everyone().len(), 0);
    }
}
