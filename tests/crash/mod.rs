//! Proofs that what was acknowledged or seen stays: the real program, killed, cut from its power,
//! on a full disk, beside a database that goes away. Each proof has a control that must fail.
//! `docs/testing.md` says what each one shows and how to repeat a seed.

mod away;
mod cluster;
mod crowd;
mod kill;
pub(crate) mod ledger;
mod moves;
mod power;
mod press;
mod shim;
mod steps;
mod trace;
pub(crate) mod typist;

/// How often a proof is repeated: the environment's number, or this one.
pub(crate) fn count(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}"))
    })
}

/// Where the choices of a proof begin: `CHANTIER_TEST_SEED`, or always the same.
pub(crate) fn seed() -> u64 {
    count("CHANTIER_TEST_SEED", 1)
}
