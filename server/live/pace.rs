//! How fast one connection may send (`live-text.md` section 5): who is over it is read more slowly,
//! and sent away when that lasts. Nothing that arrived is dropped. Pure, but for the clock's type.

use std::time::Duration;

use tokio::time::Instant;

/// The pace one connection keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Frames a second, sustained; those of presence do not count here.
    pub frames_per_s: u32,
    /// Frames at once.
    pub burst: u32,
    /// Bytes a second, sustained.
    pub bytes_per_s: u32,
    /// Bytes at once: the largest message passes without a pause.
    pub burst_bytes: u32,
    /// Presence frames a second that the room hears. A stock client repeats what it hears of
    /// everybody else, so in a full room there are many: what comes on top is left out.
    pub presence_per_s: u32,
    /// Bytes a second of presence; over it the reading is slowed.
    pub presence_bytes_per_s: u32,
    /// Being read slowly for so long ends the connection.
    pub patience: Duration,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            frames_per_s: 100,
            burst: 1_000,
            bytes_per_s: 512 * 1024,
            burst_bytes: super::protocol::MESSAGE_BYTES as u32,
            presence_per_s: 500,
            presence_bytes_per_s: 2 * 1024 * 1024,
            patience: Duration::from_secs(30),
        }
    }
}

/// What reading a frame of presence costs at least, in bytes: many short ones are a flood too.
const PRESENCE_COST_BYTES: usize = 512;

/// What to do before the next frame is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    None,
    For(Duration),
    /// It was over its quota for too long.
    End,
}

/// Something that comes back at so much a second, up to a burst; below nothing, one waits.
#[derive(Debug)]
struct Bucket {
    left: f64,
    per_s: f64,
    burst: f64,
}

impl Bucket {
    fn new(per_s: u32, burst: u32) -> Self {
        Self {
            left: burst.into(),
            per_s: per_s.into(),
            burst: burst.into(),
        }
    }

    fn refill(&mut self, passed_s: f64) {
        self.left = (self.left + passed_s * self.per_s).min(self.burst);
    }

    /// Half a burst back, or a second's worth: it has calmed down.
    fn is_calm(&self) -> bool {
        self.left >= self.per_s.min(self.burst / 2.0)
    }

    /// Takes so much; how long until there is something again, in seconds.
    fn take(&mut self, amount: f64) -> f64 {
        self.left -= amount;
        -self.left / self.per_s
    }
}

/// What one connection has left.
#[derive(Debug)]
pub(super) struct Pace {
    frames: Bucket,
    bytes: Bucket,
    presence: Bucket,
    presence_bytes: Bucket,
    patience: Duration,
    at: Instant,
    /// Since when it is over its quota.
    over_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new(quota: &Quota, now: Instant) -> Self {
        // Two seconds' worth at once: whoever comes back to a full room repeats all of it.
        let twice = |per_s: u32| Bucket::new(per_s, per_s.saturating_mul(2));
        Self {
            frames: Bucket::new(quota.frames_per_s, quota.burst),
            bytes: Bucket::new(quota.bytes_per_s, quota.burst_bytes),
            presence: twice(quota.presence_per_s),
            presence_bytes: twice(quota.presence_bytes_per_s),
            patience: quota.patience,
            at: now,
            over_since: None,
        }
    }

    /// Counts a frame that was taken.
    pub(super) fn take(&mut self, bytes: usize, now: Instant) -> Pause {
        self.refill(now);
        let wait_s = self.frames.take(1.0).max(self.bytes.take(bytes as f64));
        self.pause(wait_s, now)
    }

    /// Whether the room is to hear another frame of presence.
    pub(super) fn may_show(&mut self, now: Instant) -> bool {
        self.refill(now);
        let has = self.presence.left >= 1.0;
        if has {
            self.presence.take(1.0);
        }
        has
    }

    /// Counts a frame of presence, heard or not: it leaves the pace of one's edits alone.
    pub(super) fn take_presence(&mut self, bytes: usize, now: Instant) -> Pause {
        self.refill(now);
        let cost = bytes.max(PRESENCE_COST_BYTES);
        let wait_s = self.presence_bytes.take(cost as f64);
        self.pause(wait_s, now)
    }

    fn refill(&mut self, now: Instant) {
        let passed_s = now.duration_since(self.at).as_secs_f64();
        self.at = now;
        let buckets = [
            &mut self.frames,
            &mut self.bytes,
            &mut self.presence,
            &mut self.presence_bytes,
        ];
        for bucket in buckets {
            bucket.refill(passed_s);
        }
        if self.frames.is_calm() && self.bytes.is_calm() && self.presence_bytes.is_calm() {
            self.over_since = None;
        }
    }

    fn pause(&mut self, wait_s: f64, now: Instant) -> Pause {
        if wait_s <= 0.0 {
            return Pause::None;
        }
        let since = *self.over_since.get_or_insert(now);
        if now.duration_since(since) >= self.patience {
            return Pause::End;
        }
        Pause::For(Duration::from_secs_f64(wait_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        frames_per_s: 10,
        burst: 20,
        bytes_per_s: 1_000,
        burst_bytes: 4_000,
        presence_per_s: 50,
        presence_bytes_per_s: 100_000,
        patience: Duration::from_secs(30),
    };

    fn seconds(count: f64) -> Duration {
        Duration::from_secs_f64(count)
    }

    #[test]
    fn a_burst_passes_and_then_each_frame_waits_its_turn() {
        let mut now = Instant::now();
        let mut pace = Pace::new(&QUOTA, now);
        for _ in 0..20 {
            assert_eq!(pace.take(1, now), Pause::None);
        }
        for _ in 0..100 {
            let Pause::For(wait) = pace.take(1, now) else {
                panic!("over");
            };
            assert!(wait <= seconds(0.101), "{wait:?}");
            now += wait;
        }
    }

    #[test]
    fn the_largest_message_passes_at_once_and_is_paid_for_after() {
        let now = Instant::now();
        let mut pace = Pace::new(&QUOTA, now);
        assert_eq!(pace.take(4_000, now), Pause::None);
        let Pause::For(wait) = pace.take(2_000, now) else {
            panic!("over");
        };
        assert!((wait.as_secs_f64() - 2.0).abs() < 0.01, "{wait:?}");
    }

    #[test]
    fn presence_is_no_burden_on_edits_and_a_flood_of_it_is_left_out() {
        let now = Instant::now();
        let mut pace = Pace::new(&QUOTA, now);
        let heard = (0..300).filter(|_| {
            assert_eq!(pace.take_presence(100, now), Pause::None);
            pace.may_show(now)
        });
        assert_eq!(heard.count(), 100, "two seconds' worth");
        for _ in 0..20 {
            assert_eq!(pace.take(1, now), Pause::None, "no edit waits for it");
        }
        let flooded = (0..300).any(|_| pace.take_presence(1, now) != Pause::None);
        assert!(flooded, "the line itself has a bound");
    }

    #[test]
    fn who_never_calms_down_is_sent_away_and_who_does_is_not() {
        let start = Instant::now();
        let (mut now, mut pace) = (start, Pace::new(&QUOTA, start));
        let mut ended = None;
        for _ in 0..1_000 {
            match pace.take(1, now) {
                Pause::None => {}
                Pause::For(wait) => now += wait,
                Pause::End => {
                    ended = Some(now - start);
                    break;
                }
            }
        }
        assert!(
            ended.is_some_and(|after| after >= seconds(30.0)),
            "{ended:?}"
        );
        let (mut now, mut pace) = (start, Pace::new(&QUOTA, start));
        for _ in 0..40 {
            for _ in 0..25 {
                match pace.take(1, now) {
                    Pause::None => {}
                    Pause::For(wait) => now += wait,
                    Pause::End => panic!("sent away though it calms down"),
                }
            }
            now += seconds(3.0);
        }
    }
}
