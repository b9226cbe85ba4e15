//! How often something may be tried, by key. Kept in memory: a restart forgives.
//! A try is taken before the work and given back when it succeeds, so that many people
//! behind one address, who know their passwords, are never slowed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// What tries are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Passwords of one e-mail address, known to us or not.
    Account(String),
    /// Failed sign-ins from one network address.
    Address(IpAddr),
    /// Passwords an account gives to change its own.
    Change(String),
    /// Links opened from one network address.
    Link(IpAddr),
    /// Sockets opened from one network address by nobody who is signed in.
    Upgrade(IpAddr),
    /// Live documents an account opens without a socket.
    Seat(String),
    /// Messages an account writes in threads.
    Message(String),
}

/// Key counts kept before those that are full again are forgotten.
const KEYS_KEPT: usize = 20_000;

/// Tries left, by key; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    /// When each key will be full again, in milliseconds UTC.
    full_at_ms: Arc<Mutex<HashMap<Key, i64>>>,
}

impl Key {
    /// How many tries at once, and after how many milliseconds one comes back.
    const fn quota(&self) -> (i64, i64) {
        match self {
            // A person forgets a password a few times; a guesser gets 1 440 tries a day.
            Self::Account(_) | Self::Change(_) => (10, 60_000),
            // An office shares one address.
            Self::Address(_) | Self::Link(_) => (100, 6_000),
            // A session that ended: every open tab of an office tries a few times.
            Self::Upgrade(_) => (300, 1_000),
            // A person opens a few documents in a few tabs; a line that breaks comes back.
            Self::Seat(_) => (60, 1_000),
            // Whoever reads a sheet says a few things in a row; 1 800 an hour is no person.
            Self::Message(_) => (60, 2_000),
        }
    }
}

impl Throttle {
    /// Takes one try.
    ///
    /// # Errors
    /// `TooMany` with the seconds until one is left; nothing was taken.
    pub fn take(&self, key: &Key, now: Timestamp) -> Result<()> {
        let (tries, period_ms) = key.quota();
        let mut table = self
            .full_at_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if table.len() >= KEYS_KEPT {
            table.retain(|_, full_at_ms| *full_at_ms > now.ms());
        }
        // A clock set back must not make anyone wait longer than an empty quota would.
        let longest_ms = now.ms() + tries * period_ms;
        let full_at_ms = table
            .get(key)
            .map_or(0, |full_at_ms| (*full_at_ms).min(longest_ms))
            .max(now.ms());
        let wait_ms = full_at_ms - now.ms() - (tries - 1) * period_ms;
        if wait_ms > 0 {
            return Err(Error::TooMany {
                retry_after_s: wait_ms.unsigned_abs().div_ceil(1_000),
            });
        }
        table.insert(key.clone(), full_at_ms + period_ms);
        Ok(())
    }

    /// Gives one try back: it was a good one.
    pub fn give_back(&self, key: &Key) {
        let (_, period_ms) = key.quota();
        let mut table = self
            .full_at_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at_ms) = table.get_mut(key) {
            *full_at_ms -= period_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn wait_s(throttle: &Throttle, key: &Key, now: Timestamp) -> Option<u64> {
        match throttle.take(key, now) {
            Err(Error::TooMany { retry_after_s }) => Some(retry_after_s),
            _ => None,
        }
    }

    #[test]
    fn the_eleventh_wrong_password_waits_a_minute() {
        let throttle = Throttle::default();
        let key = Key::Account("a@b.example".to_owned());
        for _ in 0..10 {
            assert_eq!(wait_s(&throttle, &key, NOW), None);
        }
        assert_eq!(wait_s(&throttle, &key, NOW), Some(60));
        assert_eq!(wait_s(&throttle, &key, NOW.plus_ms(59_500)), Some(1));
        assert_eq!(wait_s(&throttle, &key, NOW.plus_ms(60_000)), None);
        assert!(wait_s(&throttle, &key, NOW.plus_ms(60_000)).is_some());
        let other = Key::Account("c@d.example".to_owned());
        assert_eq!(wait_s(&throttle, &other, NOW), None);
    }

    #[test]
    fn a_clock_set_back_by_a_day_makes_nobody_wait_for_it() {
        let throttle = Throttle::default();
        let key = Key::Account("a@b.example".to_owned());
        assert_eq!(wait_s(&throttle, &key, NOW.plus_ms(86_400_000)), None);
        assert!(wait_s(&throttle, &key, NOW).is_none_or(|seconds| seconds <= 60));
    }

    #[test]
    fn a_good_try_costs_nothing() {
        let throttle = Throttle::default();
        let key = Key::Address(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..1_000 {
            assert_eq!(wait_s(&throttle, &key, NOW), None);
            throttle.give_back(&key);
        }
    }
}
