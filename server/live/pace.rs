//! How fast one connection may send (`live-text.md` section 5): who is over it is read more slowly,
//! and sent away when that lasts. Nothing that arrived is dropped. Pure, but for the clock's type.

use std::time::Duration;

use tokio::time::Instant;

/// The pace one connection keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Frames a second, sustained.
    pub frames_per_s: u32,
    /// Frames at once.
    pub burst: u32,
    /// Bytes a second, sustained.
    pub bytes_per_s: u32,
    /// Bytes at once: the largest message passes without a pause.
    pub burst_bytes: u32,
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
            patience: Duration::from_secs(30),
        }
    }
}

/// What to do before the next frame is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    None,
    For(Duration),
    /// It was over its quota for too long.
    End,
}

/// What one connection has left; below nothing, it waits.
#[derive(Debug)]
pub(super) struct Pace {
    frames: f64,
    bytes: f64,
    at: Instant,
    /// Since when it is over its quota.
    over_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new(quota: &Quota, now: Instant) -> Self {
        Self {
            frames: quota.burst.into(),
            bytes: quota.burst_bytes.into(),
            at: now,
            over_since: None,
        }
    }

    /// Counts a frame that was taken.
    pub(super) fn take(&mut self, bytes: usize, quota: &Quota, now: Instant) -> Pause {
        let passed_s = now.duration_since(self.at).as_secs_f64();
        self.at = now;
        let (frames_per_s, bytes_per_s) =
            (f64::from(quota.frames_per_s), f64::from(quota.bytes_per_s));
        self.frames = (self.frames + passed_s * frames_per_s).min(quota.burst.into());
        self.bytes = (self.bytes + passed_s * bytes_per_s).min(quota.burst_bytes.into());
        // Half a burst back, or a second's worth: it has calmed down.
        let calm = |left: f64, per_s: f64, burst: u32| left >= per_s.min(f64::from(burst) / 2.0);
        if calm(self.frames, frames_per_s, quota.burst)
            && calm(self.bytes, bytes_per_s, quota.burst_bytes)
        {
            self.over_since = None;
        }
        self.frames -= 1.0;
        self.bytes -= bytes as f64;
        let wait_s = (-self.frames / frames_per_s).max(-self.bytes / bytes_per_s);
        if wait_s <= 0.0 {
            return Pause::None;
        }
        let since = *self.over_since.get_or_insert(now);
        if now.duration_since(since) >= quota.patience {
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
            assert_eq!(pace.take(1, &QUOTA, now), Pause::None);
        }
        for _ in 0..100 {
            let Pause::For(wait) = pace.take(1, &QUOTA, now) else {
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
        assert_eq!(pace.take(4_000, &QUOTA, now), Pause::None);
        let Pause::For(wait) = pace.take(2_000, &QUOTA, now) else {
            panic!("over");
        };
        assert!((wait.as_secs_f64() - 2.0).abs() < 0.01, "{wait:?}");
    }

    #[test]
    fn who_never_calms_down_is_sent_away_and_who_does_is_not() {
        let start = Instant::now();
        let (mut now, mut pace) = (start, Pace::new(&QUOTA, start));
        let mut ended = None;
        for _ in 0..1_000 {
            match pace.take(1, &QUOTA, now) {
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
                match pace.take(1, &QUOTA, now) {
                    Pause::None => {}
                    Pause::For(wait) => now += wait,
                    Pause::End => panic!("sent away though it calms down"),
                }
            }
            now += seconds(3.0);
        }
    }
}
