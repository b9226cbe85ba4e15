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
    if chantier::live::gate::read_state_vector(bytes)
        .is_ok_and(|vector| vector.len() == 2 && vector[0].1 == 300 && vector[1].0 == 70_000)
    {
        panic!("the planted defect");
    }
    body()(bytes);
});
