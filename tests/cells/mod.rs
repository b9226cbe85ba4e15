//! The reviewed tables, cell by cell, through the real API and the real sockets, on both databases:
//! what `tests/expected/` says of a person, an act and a stage is what the server answers, and what it
//! refuses changes nothing and shows nothing. The texts are read as a person reads them; no rule of
//! the server is asked what to expect.

mod guards;
mod hidden;
mod later;
mod moves;
mod reviewed;
mod sockets;
mod stand;
