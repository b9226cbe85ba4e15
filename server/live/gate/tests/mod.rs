//! One input for each rule that only that rule refuses, the inputs known to end or hold the CRDT
//! library, and bytes at random.

use super::bytes::write_uint;
mod gaps;
mod order;
mod random;
mod reading;
mod recorded;
mod rules;
mod standing;
pub(super) mod without;

use super::*;

/// Writes an update by hand. Ids are small here, so each number takes a byte unless it is written
/// with `uint`.
#[derive(Clone, Default)]
struct Up(Vec<u8>);

impl Up {
    /// Sections to come.
    fn sections(count: u8) -> Self {
        Self(vec![count])
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn uint(mut self, value: u64) -> Self {
        write_uint(&mut self.0, value);
        self
    }

    fn text(mut self, text: &str) -> Self {
        write_uint(&mut self.0, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// An element or text in a root.
    fn in_root(self, root: &str, node: &str) -> Self {
        self.raw(&[7, 1]).text(root).node(node)
    }

    /// An element or text in the type at (client, clock).
    fn in_type(self, client: u8, clock: u8, node: &str) -> Self {
        self.raw(&[7, 0, client, clock]).node(node)
    }

    fn node(self, node: &str) -> Self {
        if node.is_empty() {
            self.raw(&[6])
        } else {
            self.raw(&[3]).text(node)
        }
    }

    /// No deletes.
    fn end(self) -> Vec<u8> {
        self.raw(&[0]).0
    }
}

/// Client 9: 0 paragraph in `context`, 1 its text, 2..5 "abc", 5 bold on, 6 bold off,
/// 7 heading in `description`, 8 its level.
fn base() -> Tables {
    let up = Up::sections(1).raw(&[7, 9, 0]);
    let up = up.in_root("context", "paragraph").in_type(9, 0, "");
    let up = up.raw(&[4, 0, 9, 1]).text("abc");
    let up = up.raw(&[0x86, 9, 4]).text("bold").text("{}");
    let up = up.raw(&[0x86, 9, 5]).text("bold").text("null");
    let up = up.in_root("description", "heading");
    let up = up.raw(&[0x28, 0, 9, 7]).text("level").raw(&[1, 125, 2]);
    let mut tables = Tables::new();
    let reading = accept(&up.end(), &mut tables);
    assert_eq!(names(&reading), ["context", "description"]);
    assert_eq!(tables.clock(9), 9);
    tables
}

/// One section of client 20 with these structs.
fn one(count: u8, structs: Up) -> Vec<u8> {
    Up::sections(1).raw(&[count, 20, 0]).raw(&structs.0).end()
}

fn up() -> Up {
    Up::default()
}

fn judge(bytes: &[u8]) -> Verdict {
    read(bytes, &base(), &Limits::default())
}

/// The sections that an update touches.
fn names(reading: &Reading) -> Vec<&'static str> {
    reading.sections.names().collect()
}

#[track_caller]
fn accepted(bytes: &[u8]) -> Reading {
    accept(bytes, &mut base())
}

/// Accepts an update into these tables.
#[track_caller]
fn accept(bytes: &[u8], tables: &mut Tables) -> Reading {
    let verdict = read(bytes, tables, &Limits::default());
    let Verdict::Accepted(reading) = verdict else {
        panic!("{verdict:?}")
    };
    tables.apply(&reading);
    reading
}
