//! The trace of `shim.c` read back, and what a power cut at any place of it may leave on the disk:
//! what was synced stays; of the rest anything may be missing, in any order, torn at sectors.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::editor::Random;

/// The mark of [`super::ledger::Event::Killed`].
const KILLED: &[u8] = b"\"Killed\"";

/// One record of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Create(String),
    Write(String, u64, Vec<u8>),
    Truncate(String, u64),
    SyncBegin(String),
    SyncEnd(String),
    Unlink(String),
    /// What the test wrote between them.
    Mark(Vec<u8>),
}

/// What a disk writes whole or not at all; the pieces a write is kept or lost in.
const SECTOR_BYTES: usize = 512;

/// The kind of a mark of the test's own.
const MARK: u8 = 8;

/// The bytes of a mark, as one record.
pub(crate) fn mark(bytes: &[u8]) -> Vec<u8> {
    let mut record = vec![MARK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let length = u32::try_from(bytes.len()).expect("a short mark");
    record.extend_from_slice(&length.to_le_bytes());
    record.extend_from_slice(bytes);
    record
}

/// Reads a whole trace. A killed process may leave its last record cut.
pub(crate) fn read(trace: &[u8]) -> Vec<Record> {
    let (mut records, mut rest) = (Vec::new(), trace);
    while let Some((head, tail)) = rest.split_at_checked(15) {
        let path_length = usize::from(u16::from_le_bytes([head[1], head[2]]));
        let at = u64::from_le_bytes(head[3..11].try_into().expect("eight bytes"));
        let length = u32::from_le_bytes(head[11..15].try_into().expect("four bytes")) as usize;
        let Some((path, tail)) = tail.split_at_checked(path_length) else {
            break;
        };
        let Some((bytes, tail)) = tail.split_at_checked(length) else {
            break;
        };
        let path = String::from_utf8(path.to_vec()).expect("a path");
        rest = tail;
        records.push(match head[0] {
            1 => Record::Create(path),
            2 => Record::Write(path, at, bytes.to_vec()),
            3 => Record::Truncate(path, at),
            4 => Record::SyncBegin(path),
            5 => Record::SyncEnd(path),
            6 => Record::Unlink(path),
            MARK => Record::Mark(bytes.to_vec()),
            kind => panic!("a record of kind {kind}, which the server never makes"),
        });
    }
    records
}

/// A change of a file that no sync has made durable yet.
#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Clone, Debug, Default)]
struct File {
    /// Its bytes on the disk.
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// Syncs under way: how many of the pending changes each covers.
    syncing: Vec<usize>,
    /// Whether its name is on the disk.
    named: bool,
}

/// A disk with a cache in front of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
    /// Names made or removed since the folder was last synced, oldest first.
    names: Vec<(String, bool)>,
    /// Syncs of the folder under way: how many of the names each covers.
    syncing: Vec<usize>,
}

/// How much of what was not synced a cut leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing of it.
    Nothing,
    /// All of it.
    Everything,
    /// Each change or not.
    Some,
    /// Each sector of so many bytes or not.
    Torn(usize),
}

impl Cut {
    pub(crate) fn at_random(random: &mut Random) -> Self {
        match random.below(6) {
            0 => Self::Everything,
            1 => Self::Some,
            2 => Self::Torn(512),
            3 => Self::Torn(4096),
            _ => Self::Nothing,
        }
    }
}

/// Whether a crash keeps it at all: the index of the write-ahead log is shared memory,
/// the lock and whatever else holds no promise.
fn is_kept(path: &str) -> bool {
    !path.ends_with("-shm")
}

impl Disk {
    /// The disk as it is when the recording begins; everything there is durable.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("readable");
            let file = File {
                durable: std::fs::read(entry.path()).expect("a file"),
                named: true,
                ..File::default()
            };
            let name = entry.file_name().into_string().expect("a plain name");
            disk.files.insert(name, file);
        }
        disk
    }

    /// Goes on by one record.
    pub(crate) fn play(&mut self, record: &Record) {
        match record {
            Record::Create(path) => {
                self.files.insert(path.clone(), File::default());
                self.names.push((path.clone(), true));
            }
            Record::Unlink(path) => self.names.push((path.clone(), false)),
            Record::Write(path, at, bytes) => {
                self.file(path)
                    .pending
                    .push(Change::Write(*at, bytes.clone()));
            }
            Record::Truncate(path, length) => {
                self.file(path).pending.push(Change::Truncate(*length));
            }
            Record::SyncBegin(path) if path == "." => self.syncing.push(self.names.len()),
            Record::SyncBegin(path) => {
                let file = self.file(path);
                file.syncing.push(file.pending.len());
            }
            Record::SyncEnd(path) if path == "." => self.sync_names(),
            Record::SyncEnd(path) => self.file(path).sync(),
            Record::Mark(bytes) if bytes == KILLED => self.forget_syncs(),
            Record::Mark(_) => {}
        }
    }

    /// A killed process ends no sync.
    fn forget_syncs(&mut self) {
        self.syncing.clear();
        for file in self.files.values_mut() {
            file.syncing.clear();
        }
    }

    fn file(&mut self, path: &str) -> &mut File {
        self.files.entry(path.to_owned()).or_default()
    }

    fn sync_names(&mut self) {
        let count = self.syncing.remove(0);
        for (path, made) in self.names.drain(..count) {
            if let Some(file) = self.files.get_mut(&path) {
                file.named = made;
            }
        }
        for later in &mut self.syncing {
            *later -= count;
        }
    }

    /// The files a cut may leave now.
    pub(crate) fn cut(&self, cut: Cut, random: &mut Random) -> BTreeMap<String, Vec<u8>> {
        let mut left = BTreeMap::new();
        let names = match cut {
            Cut::Nothing => 0,
            Cut::Everything => self.names.len(),
            Cut::Some | Cut::Torn(_) => random.below(self.names.len() as u64 + 1) as usize,
        };
        for (path, file) in self.files.iter().filter(|(path, _)| is_kept(path)) {
            let changes = self.names[..names].iter().rev();
            let named = changes
                .filter(|(name, _)| name == path)
                .map(|(_, made)| *made)
                .next()
                .unwrap_or(file.named);
            if named {
                left.insert(path.clone(), file.left(cut, random));
            }
        }
        left
    }
}

impl File {
    fn sync(&mut self) {
        // Of two syncs at a time the one that covers less is taken to end first.
        let count = self.syncing.remove(0);
        for change in self.pending.drain(..count) {
            apply(&mut self.durable, &change, |_| true);
        }
        for later in &mut self.syncing {
            *later = later.saturating_sub(count);
        }
    }

    fn left(&self, cut: Cut, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match cut {
                Cut::Nothing => {}
                Cut::Everything => apply(&mut bytes, change, |_| true),
                Cut::Some => {
                    let kept = random.below(2) == 0;
                    apply(&mut bytes, change, |_| kept);
                }
                Cut::Torn(sector) => {
                    let luck = random.next();
                    apply(&mut bytes, change, |at| {
                        let place = (at / sector as u64 + 1) ^ luck;
                        Random(place.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).below(3) > 0
                    });
                }
            }
        }
        bytes
    }
}

/// Applies the bytes whose place passes. A truncation is whole or not at all.
fn apply(bytes: &mut Vec<u8>, change: &Change, passes: impl Fn(u64) -> bool) {
    match change {
        Change::Truncate(length) => {
            if passes(*length) {
                bytes.resize(*length as usize, 0);
            }
        }
        Change::Write(start, new) => {
            let (mut at, mut rest) = (*start, &new[..]);
            while !rest.is_empty() {
                let to_next = SECTOR_BYTES - at as usize % SECTOR_BYTES;
                let (piece, more) = rest.split_at(to_next.min(rest.len()));
                if passes(at) {
                    let place = at as usize;
                    bytes.resize(bytes.len().max(place + piece.len()), 0);
                    bytes[place..place + piece.len()].copy_from_slice(piece);
                }
                at += piece.len() as u64;
                rest = more;
            }
        }
    }
}

#[test]
fn a_cut_keeps_what_was_synced_and_may_lose_the_rest() {
    let mut disk = Disk::default();
    let name = || "a".to_owned();
    let write = |at, text: &[u8]| Record::Write(name(), at, text.to_vec());
    let mut random = Random(5);
    let mut left = |disk: &Disk, cut| disk.cut(cut, &mut random).get("a").cloned();
    for record in [
        Record::Create(name()),
        write(0, b"one"),
        Record::SyncBegin(name()),
    ] {
        disk.play(&record);
    }
    disk.play(&write(3, b"two"));
    disk.play(&Record::SyncEnd(name()));
    assert_eq!(
        left(&disk, Cut::Nothing),
        None,
        "its name is not on the disk"
    );
    assert_eq!(
        left(&disk, Cut::Everything).as_deref(),
        Some(&b"onetwo"[..])
    );
    disk.play(&Record::SyncBegin(".".to_owned()));
    disk.play(&Record::SyncEnd(".".to_owned()));
    assert_eq!(left(&disk, Cut::Nothing).as_deref(), Some(&b"one"[..]));
    let mut torn = std::collections::BTreeSet::new();
    disk.play(&write(0, &[7; 2048]));
    for _ in 0..40 {
        torn.insert(left(&disk, Cut::Torn(512)));
    }
    assert!(torn.len() > 8, "sectors are lost one by one");
    let read_back = read(&[mark(b"x"), mark(b"yz")].concat());
    assert_eq!(
        read_back,
        [Record::Mark(b"x".to_vec()), Record::Mark(b"yz".to_vec())]
    );
}
