//! What one may do: every action with its key in `may`, the rule that governs it, and a type that
//! stands for it, so that a store function can ask for the permit of one act and no other.

/// A type that stands for one [`Action`].
pub trait Act {
    /// The action.
    const ACTION: Action;
}

macro_rules! actions {
    (programme { $($(#[$far_meta:meta])* $far:ident $far_key:literal $far_rule:literal;)* }
     proposal { $($(#[$near_meta:meta])* $near:ident $near_key:literal $near_rule:literal;)* }) => {
        actions!(all $($(#[$far_meta])* $far $far_key $far_rule;)*
                     $($(#[$near_meta])* $near $near_key $near_rule;)*);

        impl Action {
            /// The actions about a chantier or the whole programme.
            pub const IN_PROGRAMME: &'static [Self] = &[$(Self::$far),*];
            /// The actions about one proposal, at its stage.
            pub const ON_PROPOSAL: &'static [Self] = &[$(Self::$near),*];
        }
    };
    (all $($(#[$meta:meta])* $name:ident $key:literal $rule:literal;)*) => {
        /// What one may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$meta])* $name,)*
        }

        impl Action {
            /// Every action, in the order of the table of rights.
            pub const ALL: [Self; [$($key),*].len()] = [$(Self::$name),*];

            /// The action's key, as listed in `may`.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }

            /// The rule that governs the action.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self {
                    $(Self::$name => $rule,)*
                }
            }
        }

        /// Acts as types.
        pub mod act {
            pub use super::Act;
            use super::Action;
            $(
                /// The act of the same name in [`Action`].
                #[derive(Debug)]
                pub struct $name;
                impl Act for $name {
                    const ACTION: Action = Action::$name;
                }
            )*
        }
    };
}

actions! {
    programme {
        /// T01: propose an idea in a chantier.
        Propose "propose" "T01";
        /// Prepare the commission's meetings: a date, an agenda.
        PrepareMeetings "prepare_meetings" "R-MEETING";
        /// Invite people, give and end mandates, new-password links.
        ManagePeople "manage_people" "R-PEOPLE";
        /// Change the programme's name, logo and colours.
        ManageProgramme "manage_programme" "R-PROGRAMME";
        /// See what awaits the steering committee's next session.
        ReadCopilTable "read_copil_table" "R-COPIL";
        /// See the files at the Region's desk.
        ReadRegionDesk "read_region_desk" "R-DESK";
        /// See what is asked, decided and left of each envelope.
        ReadEnvelopes "read_envelopes" "R-ENVELOPES";
        /// Confirm or refuse another validator's mandate (invariant 1).
        ConfirmValidator "confirm_validator" "R-CONFIRM";
    }
    proposal {
        /// Read a proposal: its sheet, its text, who works on it, its versions and its journal.
        Read "read" "R-READ";
        /// See who wrote which passage, and each organisation's share.
        ReadAuthorship "read_authorship" "R-AUTHORS";
        /// Change the live text.
        EditText "edit_text" "R-EDIT";
        /// Change the structured sections of the sheet.
        EditSheet "edit_sheet" "R-SHEET";
        /// Read how the text came about: its points in time, and the text as it was at each.
        ReadHistory "read_history" "R-HISTORY";
        /// Bring an earlier text back.
        RestoreText "restore_text" "R-RESTORE";
        /// Bring back what one large deletion took away.
        UndoDeletion "undo_deletion" "R-UNDELETE";
        /// Change title and summary.
        EditSummary "edit_summary" "R-SUMMARY";
        /// Name or remove contributors ("Inviter à rédiger").
        InviteContributors "invite_contributors" "R-INVITE";
        /// Accept, for one's organisation, to bear the proposal ("structure porteuse").
        AcceptPorteur "accept_porteur" "R-PORTEUR";
        /// Read what the commission says beside the sheet: its threads.
        ReadThreads "read_threads" "R-THREADS";
        /// Open a thread on a section, reply, mention ("Commenter").
        Comment "comment" "R-COMMENT";
        /// Close a thread with its outcome.
        CloseThread "close_thread" "R-CLOSE";
        /// Prepare the commission's opinion on the frozen version.
        PrepareOpinion "prepare_opinion" "R-OPINION";
        /// Sign the prepared opinion.
        SignOpinion "sign_opinion" "R-SIGN";
        /// Answer a reserve of the opinion.
        AnswerReserve "answer_reserve" "R-RESERVE";
        /// Warn the owner that an inactive proposal may be closed (T31).
        WarnInactive "warn_inactive" "R-WARN";
        /// Look at a file's completeness, ask associated directions, set its session.
        ReviewFile "review_file" "R-REVIEW";
        /// Answer for one's direction what it was asked to read.
        AnswerCrossReading "answer_cross_reading" "R-CROSS";
        /// Prepare the Region's decision ("Enregistrer la décision").
        PrepareDecision "prepare_decision" "R-PREPARE";
        /// Prepare and confirm what changes or corrects a decision of an action.
        RectifyDecision "rectify_decision" "R-DECISION";
        /// Lift a condition with its evidence ("Lever la condition").
        LiftCondition "lift_condition" "R-CONDITION";
        /// Record the agreement, its addenda, or that none is needed.
        RecordAgreement "record_agreement" "R-AGREEMENT";
        /// Ask for a substantial change of an action (avenant).
        AskAddendum "ask_addendum" "R-ADDENDUM";
        /// Report on an action ("Saisir le suivi").
        Report "report" "R-REPORT";
        /// Say that the documents behind reported jobs were seen.
        CheckJobs "check_jobs" "R-JOBS";
        /// T02: start drafting.
        StartDrafting "start_drafting" "T02";
        /// T03: deposit the proposal ("Déposer").
        Submit "submit" "T03";
        /// T04: open the discussion in the commission ("Ouvrir la discussion").
        Admit "admit" "T04";
        /// T05: ask for what is missing ("Demander des compléments").
        RequestCompletion "request_completion" "T05";
        /// T06: close what is out of scope ("Classer sans suite").
        Dismiss "dismiss" "T06";
        /// T07: give the proposal another lead chantier.
        Reassign "reassign" "T07";
        /// T08: freeze the version for opinion ("Figer la version pour avis").
        Freeze "freeze" "T08";
        /// T09: thaw it again ("Défiger").
        Thaw "thaw" "T09";
        /// T10: give the commission's opinion ("Rendre l'avis").
        GiveOpinion "give_opinion" "T10";
        /// T11: back to the discussion, the opinion being adjourned.
        Adjourn "adjourn" "T11";
        /// T12: back to the commission after an opinion ("Renvoyer en commission").
        Reconsider "reconsider" "T12";
        /// T13: on to the steering committee ("Transmettre au comité de pilotage").
        SendToCopil "send_to_copil" "T13";
        /// T14: on to the Region at once, by the fast track.
        FastTrack "fast_track" "T14";
        /// T15: retained, on to the Region ("Transmettre à la Région").
        Retain "retain" "T15";
        /// T16: to be worked on again.
        Rework "rework" "T16";
        /// T17: kept in reserve for the next session.
        KeepInReserve "keep_in_reserve" "T17";
        /// T18: not retained.
        NotRetain "not_retain" "T18";
        /// T19: taken up by the Region itself (évocation).
        Evoke "evoke" "T19";
        /// T20: decided ("Confirmer la décision").
        Decide "decide" "T20";
        /// T21: sent back to the commission by the Region.
        SendBack "send_back" "T21";
        /// T22: approved without conditions any more.
        ConfirmApproval "confirm_approval" "T22";
        /// T23: engaged.
        Engage "engage" "T23";
        /// T24: begun.
        Begin "begin" "T24";
        /// T25: suspended, or going on again.
        Suspend "suspend" "T25";
        /// T26: completed ("Clore l'action").
        Complete "complete" "T26";
        /// T27: abandoned.
        Abandon "abandon" "T27";
        /// T28: withdraw it ("Retirer").
        Withdraw "withdraw" "T28";
        /// T29: merge it with others ("Fusionner").
        Merge "merge" "T29";
        /// T30: split it ("Scinder").
        Split "split" "T30";
        /// T31: close what has been inactive for long ("Classer sans suite").
        CloseInactive "close_inactive" "T31";
        /// T32: take it up again ("Rouvrir").
        Reopen "reopen" "T32";
    }
}
