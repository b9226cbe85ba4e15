//! Which updates of a text one may make, once one may write at all: the judgement of each single
//! update, from roles, stage, the document's mode, the sections touched, and whether text is deleted.
//! Today every section of a proposal's sheet has the same rule.

use super::rights::{Facts, Permit, Refusal, act, may};

/// How a document takes edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Wherever its schema allows: the sheet of a proposal, and whatever has no rule of its own.
    Whole,
    /// In its first section alone, and nothing is taken away: documents that try rights out.
    Trial,
}

/// What one update does, as the gate reports it.
#[derive(Clone, Copy, Debug)]
pub struct Touch<S> {
    /// The keys of the sections it changes.
    pub sections: S,
    /// Whether it deletes text that stood there before.
    pub deletes_text: bool,
}

/// The section that a trial may change.
const TRIAL_SECTION: &str = "context";

impl Mode {
    /// The mode of documents of this kind.
    #[must_use]
    pub fn of_kind(kind: &str) -> Self {
        if kind == "trial" {
            Self::Trial
        } else {
            Self::Whole
        }
    }
}

/// Whether these facts allow this one update. Pure.
///
/// # Errors
/// Those of `R-EDIT`; `R-SECTION/section_closed`, `R-SECTION/deletion_closed`.
pub fn may_touch<'a>(
    facts: &Facts,
    mode: Mode,
    touch: Touch<impl IntoIterator<Item = &'a str>>,
) -> Result<Permit<act::EditText>, Refusal> {
    let permit = may::<act::EditText>(facts)?;
    match mode {
        Mode::Whole => Ok(permit),
        Mode::Trial if touch.sections.into_iter().any(|key| key != TRIAL_SECTION) => {
            refuse("section_closed")
        }
        Mode::Trial if touch.deletes_text => refuse("deletion_closed"),
        Mode::Trial => Ok(permit),
    }
}

fn refuse<T>(code: &'static str) -> Result<T, Refusal> {
    Err(Refusal {
        rule: "R-SECTION",
        code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::role::Role;
    use crate::rules::stage::Stage;

    fn judged(role: Role, stage: Stage, mode: Mode, sections: &[&str], deletes: &str) -> String {
        let facts = Facts {
            roles: [role].into_iter().collect(),
            stage: Some(stage),
        };
        let touch = Touch {
            sections: sections.iter().copied(),
            deletes_text: deletes == "deletes",
        };
        match may_touch(&facts, mode, touch) {
            Ok(_permit) => "allowed".to_owned(),
            Err(refusal) => format!("{}/{}", refusal.rule, refusal.code),
        }
    }

    #[test]
    fn each_input_decides_by_itself() {
        use Mode::{Trial, Whole};
        use Role::{Member, Owner};
        use Stage::{Drafting, Submitted};
        let one = ["context"];
        let two = ["context", "description"];
        for (role, stage, mode, sections, deletes, expected) in [
            (Owner, Drafting, Whole, two.as_slice(), "deletes", "allowed"),
            (Member, Drafting, Whole, &two, "adds", "R-EDIT/role_missing"),
            (Owner, Submitted, Whole, &two, "adds", "R-EDIT/stage"),
            (Owner, Drafting, Trial, &one, "adds", "allowed"),
            (
                Owner,
                Drafting,
                Trial,
                &two,
                "adds",
                "R-SECTION/section_closed",
            ),
            (
                Owner,
                Drafting,
                Trial,
                &one,
                "deletes",
                "R-SECTION/deletion_closed",
            ),
        ] {
            assert_eq!(judged(role, stage, mode, sections, deletes), expected);
        }
        assert_eq!(Mode::of_kind("sheet"), Whole);
        assert_eq!(Mode::of_kind("trial"), Trial);
    }
}
