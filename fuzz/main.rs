//! The fuzzer: one body, chosen by `FUZZ_BODY`. Started by `scripts/fuzz.mjs`.
#![no_main]

mod bodies;
mod builder;

use std::sync::OnceLock;

fn body() -> bodies::Body {
    static BODY: OnceLock<bodies::Body> = OnceLock::new();
    *BODY.get_or_init(|| {
        let name = std::env::var("FUZZ_BODY").unwrap_or_default();
        let found = bodies::BODIES.iter().find(|(known, _)| *known == name);
        found.expect("FUZZ_BODY names a body of bodies.rs").1
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    #[cfg(feature = "planted")]
    planted::first(bytes);
    body()(bytes);
});

/// Ends the process for one in 2^32 inputs: found step by step, or not at all. Each step is a
/// function of its own, so that the compiler does not make one comparison of them.
#[cfg(feature = "planted")]
mod planted {
    #[inline(never)]
    pub(super) fn first(bytes: &[u8]) {
        if let [b'H', rest @ ..] = bytes {
            second(std::hint::black_box(rest));
        }
    }

    #[inline(never)]
    fn second(bytes: &[u8]) {
        if let [b'O', rest @ ..] = bytes {
            third(std::hint::black_box(rest));
        }
    }

    #[inline(never)]
    fn third(bytes: &[u8]) {
        if let [b'L', rest @ ..] = bytes {
            fourth(std::hint::black_box(rest));
        }
    }

    #[inline(never)]
    fn fourth(bytes: &[u8]) {
        if let [b'E', ..] = bytes {
            panic!("the planted defect");
        }
    }
}
