//! Bytes at random and updates with damage: any verdict, never a panic.

use super::*;

/// Bytes at random from a fixed seed.
fn noise() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

#[test]
fn random_bytes_and_damaged_updates_never_panic() {
    let (tables, limits, mut random) = (base(), Limits::default(), noise());
    let nested = (1..20).fold(up().in_root("context", "blockquote"), |up, at| {
        up.in_type(20, at - 1, "blockquote")
    });
    let good = [
        one(20, nested),
        one(
            3,
            up().raw(&[0x84, 9, 4])
                .text("é𝄞")
                .raw(&[0x86, 9, 4])
                .text("bold")
                .text("{}")
                .raw(&[0, 3]),
        ),
        Up::sections(2)
            .raw(&[1, 21, 0, 0x84, 20, 0])
            .text("x")
            .raw(&[1, 20, 0, 0x84, 9, 4])
            .text("y")
            .end(),
        vec![0, 1, 9, 2, 2, 1, 5, 2],
    ];
    for round in 0..60_000 {
        // As long as the 48 bytes that hold the CRDT library for 0.4 s.
        let mut bytes: Vec<u8> = (0..random(49)).map(|_| random(256) as u8).collect();
        if round % 2 == 0 {
            bytes.clone_from(&good[random(good.len())]);
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
        }
        match read(&bytes, &tables, &limits) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
                let mut after = tables.clone();
                after.apply(&reading);
                assert_eq!(read(&bytes, &after, &limits), Verdict::NothingNew);
                assert_eq!(Tables::from_bytes(&after.to_bytes()), Ok(after));
            }
            Verdict::NothingNew | Verdict::Gap | Verdict::Refused(_) => {}
        }
        let _ = (read_state_vector(&bytes), Tables::from_bytes(&bytes));
    }
}
