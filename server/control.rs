//! Defects on purpose: what the proofs of `tests/crash/` must find, or they prove nothing.
//! Debug builds only; a release build refuses the variable and holds none of it.

/// A promise broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// A turn is shown and acknowledged while its commit is still under way.
    AckBeforeCommit,
    /// SQLite commits without waiting for the disk.
    SynchronousNormal,
    /// A proposal moves in two transactions: its stage first, then all that belongs to the move.
    MoveInTwo,
}

/// Names the defect.
const VARIABLE: &str = "CHANTIER_CONTROL";

impl Control {
    const ALL: [Self; 3] = [
        Self::AckBeforeCommit,
        Self::SynchronousNormal,
        Self::MoveInTwo,
    ];

    const fn key(self) -> &'static str {
        match self {
            Self::AckBeforeCommit => "ack_before_commit",
            Self::SynchronousNormal => "synchronous_normal",
            Self::MoveInTwo => "move_in_two",
        }
    }

    /// Whether the process runs with this defect.
    #[must_use]
    pub fn is_on(self) -> bool {
        cfg!(debug_assertions) && asked().as_deref() == Some(self.key())
    }
}

fn asked() -> Option<String> {
    use std::sync::OnceLock;
    static ASKED: OnceLock<Option<String>> = OnceLock::new();
    ASKED.get_or_init(|| std::env::var(VARIABLE).ok()).clone()
}

/// Refuses a defect that a release build was asked for, or one that does not exist.
///
/// # Errors
/// One sentence for the person who started the program.
pub fn check() -> Result<(), String> {
    judge(asked().as_deref(), !cfg!(debug_assertions))
}

fn judge(asked: Option<&str>, release: bool) -> Result<(), String> {
    match asked {
        None => Ok(()),
        Some(_) if release => Err(format!(
            "{VARIABLE} breaks a promise on purpose, for tests: this build refuses it; unset it"
        )),
        Some(key) if Control::ALL.iter().any(|one| one.key() == key) => {
            tracing::warn!("{VARIABLE}={key}: this server loses what it acknowledges, on purpose");
            Ok(())
        }
        Some(key) => Err(format!("{VARIABLE}={key}: there is no such control")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_build_refuses_every_control_and_a_debug_build_unknown_ones() {
        for control in Control::ALL {
            assert!(judge(Some(control.key()), true).is_err());
            assert!(judge(Some(control.key()), false).is_ok());
        }
        assert!(judge(Some("anything"), true).is_err());
        assert!(judge(Some("anything"), false).is_err());
        assert!(judge(None, true).is_ok() && judge(None, false).is_ok());
    }
}
