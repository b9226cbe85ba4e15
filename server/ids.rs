//! One newtype per identifier: opaque, sortable text (UUIDv7 for what we make
//! ourselves, the given key for shipped data such as `CH5`). A clone shares the text.

use std::fmt;

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// A new identifier, later in sort order than those made before.
            #[must_use]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7().to_string().into())
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// A person who signs in.
    AccountId,
    /// A point of a meeting's agenda.
    AgendaItemId,
    /// A body: commission, COPIL, Assises, Region.
    BodyId,
    /// A chantier, e.g. `CH5`.
    ChantierId,
    /// A message of a thread; a thread has the id of its first message.
    CommentId,
    /// One live document.
    DocumentId,
    /// Edits of one author that came too late.
    LateContributionId,
    /// A one-time link (set-up, invitation, new password).
    LinkId,
    /// A mandate: one person, one role, one body.
    MandateId,
    /// A meeting of a body.
    MeetingId,
    /// A merge that is asked for, or was.
    MergeId,
    /// An opinion of a commission.
    OpinionId,
    /// An organisation.
    OrganisationId,
    /// A person, with or without an account.
    PersonId,
    /// A proposal.
    ProposalId,
    /// A reserve of an opinion.
    ReserveId,
    /// A login session.
    SessionId,
    /// A personal bearer token.
    TokenId,
    /// A sealed version of a proposal.
    VersionId,
}
