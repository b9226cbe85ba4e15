//! What the gate costs for a typical keystroke and a deleted character: allocations, counted here
//! (none), and instructions, counted by callgrind (`scripts/gate-cost.mjs`).
//! Usage: cost READS. Prints the allocations of so many reads.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

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

fn main() {
    let reads: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000);
    let (mut tables, limits) = (Tables::new(), Limits::default());
    for update in [BASE, FIRST] {
        let Verdict::Accepted(reading) = read(update, &tables, &limits) else {
            panic!("the fixture is refused")
        };
        tables.apply(&reading);
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..reads {
        for update in [NEXT, BACK] {
            let verdict = black_box(read(black_box(update), &tables, &limits));
            assert!(matches!(verdict, Verdict::Accepted(_)));
        }
    }
    println!("{}", ALLOCATIONS.load(Ordering::Relaxed) - before);
}
