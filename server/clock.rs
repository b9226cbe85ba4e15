//! The only clock. Everything else receives a [`Timestamp`] or a [`Day`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds UTC.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant, `ms` milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }
}

/// The system's clock; tests may shift it, and move it while it is in use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Added to the system time, in milliseconds.
    pub shift_ms: i64,
    /// Added too, whatever it is at the moment.
    pub moved_ms: Option<&'static AtomicI64>,
}

impl Clock {
    /// Now, in milliseconds UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| {
                i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
            });
        let moved = self.moved_ms.map_or(0, |ms| ms.load(Ordering::Relaxed));
        Timestamp(since + self.shift_ms + moved)
    }
}
