//! The rooms of the server that read bytes from outside, and those a turn passes through, under
//! the paths they have there.

#[path = "../server/ids.rs"]
pub mod ids;

#[path = "../server/rules/mod.rs"]
pub mod rules;

#[path = "../server/text/mod.rs"]
pub mod text;

/// The live text.
#[path = "../server/live"]
pub mod live {
    pub mod bindings;
    pub mod gate;
    pub mod outbox;
    pub mod presence;
    pub mod protocol;
    pub mod schema;
    pub mod waiting;

    /// What a reader that fell behind gets from the database, which is not compiled here.
    pub mod replay {
        /// The rows after one.
        #[derive(Clone, Debug)]
        pub struct CatchUp(pub i64);

        impl CatchUp {
            /// The rows after `seq`.
            pub fn after(seq: i64) -> Self {
                Self(seq)
            }

            /// The row it begins after.
            pub fn after_row(&self) -> Option<i64> {
                Some(self.0)
            }
        }
    }

    /// One socket.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ConnectionId(pub u64);
}

/// The database.
#[path = "../server/store"]
pub mod store {
    /// Who writes: as the database's room has it, which is not compiled here.
    pub mod authors {
        use crate::ids::{AccountId, OrganisationId};

        /// An account as it appears in a document.
        #[derive(Clone, Debug)]
        pub struct Author {
            /// The account.
            pub account: AccountId,
            /// Given and usual name.
            pub name: String,
            /// The organisation.
            pub organisation: Option<OrganisationId>,
            /// Its short name.
            pub organisation_name: Option<String>,
        }
    }

    /// The log.
    pub mod log {
        pub mod body;
    }
}
