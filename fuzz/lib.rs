//! The rooms of the server that read bytes from outside, under the paths they have there.

#[path = "../server/ids.rs"]
pub mod ids;

#[path = "../server/text/mod.rs"]
pub mod text;

/// The live text.
#[path = "../server/live"]
pub mod live {
    pub mod gate;
    pub mod protocol;
    pub mod schema;
}

/// The database.
#[path = "../server/store"]
pub mod store {
    /// The log.
    pub mod log {
        pub mod body;
    }
}
