//! What the gate costs for a typical keystroke and a deleted character, and what one turn of a
//! room costs: allocations and time, told here, and instructions, counted by callgrind
//! (`scripts/gate-cost.mjs`).
//! Usage: cost gate|turn COUNT. Prints the allocations and the nanoseconds of so many reads of both
//! updates, or of so many turns.

mod turn;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chantier::live::gate::{Limits, Tables, Verdict, read};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// Safety: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Client 9: a paragraph in `context`, its text, "abc".
const BASE: &[u8] = b"\x01\x03\x09\x00\x07\x01\x07context\x03\x09paragraph\x07\x00\x09\x00\x06\x04\x00\x09\x01\x03abc\x00";
/// Client 5 types "x" at the end; then what it typed goes on.
const FIRST: &[u8] = b"\x01\x01\x05\x00\x84\x09\x04\x01x\x00";
const NEXT: &[u8] = b"\x01\x01\x05\x01\x84\x05\x00\x01y\x00";
/// It takes its first character back.
const BACK: &[u8] = b"\x00\x01\x05\x01\x00\x01";

/// Tables after the first two updates.
fn tables(limits: &Limits) -> Tables {
    let mut tables = Tables::new();
    for update in [BASE, FIRST] {
        let Verdict::Accepted(reading) = read(update, &tables, limits) else {
            panic!("the fixture is refused")
        };
        tables.apply(&reading);
    }
    tables
}

/// Reads both updates so many times.
fn gate(count: usize) -> impl FnOnce() {
    let limits = Limits::default();
    let tables = tables(&limits);
    move || {
        for _ in 0..count {
            for update in [NEXT, BACK] {
                let verdict = black_box(read(black_box(update), &tables, &limits));
                assert!(matches!(verdict, Verdict::Accepted(_)));
            }
        }
    }
}

/// So many turns of one typed character each; nine others hear it, its sender is told.
fn turns(count: usize) -> impl FnOnce() {
    let mut room = turn::Room::new();
    let frames: Vec<_> = (0..count).map(|_| room.next_frame()).collect();
    move || {
        for frame in frames {
            assert_eq!(room.turn(black_box(&frame)), turn::SOCKETS as usize);
        }
    }
}

/// Does it, and says what it took.
fn told(work: impl FnOnce()) {
    let (before, began) = (ALLOCATIONS.load(Ordering::Relaxed), Instant::now());
    work();
    let took = began.elapsed().as_nanos();
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    println!("{allocations} {took}");
}

fn main() {
    let mut given = std::env::args().skip(1);
    let what = given.next().unwrap_or_default();
    let count = given.next().and_then(|n| n.parse().ok()).unwrap_or(1_000);
    match what.as_str() {
        "gate" => told(gate(count)),
        "turn" => told(turns(count)),
        _ => panic!("cost gate|turn COUNT"),
    }
}
