//! The gate and the CRDT library beside the real Yjs, in one Node process for all histories: what
//! the gate accepts gives the same text, clocks and tree on the server and in browsers, and nothing
//! waits. A history that fails is named by its seed; `CHANTIER_GATE_SEED` replays it alone.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use chantier::live::gate::{Limits, Tables, Verdict, read, read_state_vector};
use chantier::text::tree::{Element, Node, Value as Held};
use serde_json::{Map, Value, json};

use super::gate_corpus::builder::{Builder, Choices};

/// Histories in one run of `make test`.
const HISTORIES: u64 = 2_000;

/// How many histories to try: 20 times as many in `make test-long`.
fn seeds() -> std::ops::Range<u64> {
    let given = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    if let Some(seed) = given("CHANTIER_GATE_SEED") {
        return seed..seed + 1;
    }
    1..1 + HISTORIES * given("CHANTIER_TEST_ROUNDS").unwrap_or(1)
}

/// Runs a script of the fixtures with the web client's packages.
fn node(arguments: &[String]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("node");
    command.arg(root.join("tests/fixtures/gate").join(&arguments[0]));
    command.args(&arguments[1..]).current_dir(root.join("web"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digits).collect()
}

fn value(held: &Held) -> Value {
    match held {
        Held::Null => Value::Null,
        Held::Bool(yes) => json!(yes),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers are compared as such"
        )]
        Held::Number(number) if number.fract() == 0.0 => json!(*number as i64),
        Held::Number(number) => json!(number),
        Held::Text(text) => json!(text),
        Held::List(list) => list.iter().map(value).collect(),
        Held::Map(map) => named(map.iter()),
    }
}

fn named<'a>(held: impl Iterator<Item = (&'a String, &'a Held)>) -> Value {
    let members: Map<String, Value> = held.map(|(key, held)| (key.clone(), value(held))).collect();
    Value::Object(members)
}

/// Nodes as `tests/fixtures/gate/tree.mjs` makes them.
fn nodes(held: &[Node]) -> Value {
    let mut out: Vec<Value> = Vec::new();
    for node in held {
        match node {
            Node::Element(Element {
                name,
                attributes,
                children,
            }) => out.push(json!({
                "name": name, "attributes": named(attributes.iter()), "children": nodes(children),
            })),
            Node::Text(run) => {
                let marks: BTreeMap<_, _> = run
                    .marks
                    .iter()
                    .map(|mark| (&mark.name, named(mark.attributes.iter())))
                    .collect();
                let marks = json!(marks);
                match out.last_mut() {
                    Some(last) if last.get("text").is_some() && last["marks"] == marks => {
                        let text = last["text"].as_str().unwrap_or_default().to_owned() + &run.text;
                        last["text"] = json!(text);
                    }
                    Some(_) | None => out.push(json!({ "text": run.text, "marks": marks })),
                }
            }
        }
    }
    json!(out)
}

/// The tree and the clocks on the server's side.
fn ours<'a>(tables: &Tables, accepted: impl IntoIterator<Item = &'a [u8]>) -> (Value, Value) {
    let tree = chantier::text::read(accepted).expect("what passed the gate is read");
    let tree: Vec<Value> = tree.iter().map(|section| nodes(&section.nodes)).collect();
    let mut clocks = read_state_vector(&tables.state_vector()).expect("our state vector");
    clocks.sort_unstable();
    (json!(tree), json!(clocks))
}

/// A history of a hostile client: updates that mostly pass, and what passed.
fn hostile(seed: u64) -> (Tables, Vec<Vec<u8>>) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as u8
    };
    let bytes: Vec<u8> = (0..60 + seed % 700).map(|_| random()).collect();
    let (mut builder, mut choices) = (Builder::default(), Choices::new(&bytes));
    let (mut tables, mut accepted) = (Tables::new(), Vec::new());
    while choices.any() {
        let before = builder.clone();
        let update = builder.update(&mut choices);
        match read(&update, &tables, &Limits::default()) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
                tables.apply(&reading);
                accepted.push(update);
            }
            Verdict::NothingNew | Verdict::Gap | Verdict::Refused(_) => builder = before,
        }
    }
    (tables, accepted)
}

#[test]
fn what_a_hostile_client_gets_in_is_the_same_everywhere() {
    let mut child = node(&["yjs.mjs".to_owned()]).spawn().expect("node starts");
    let mut input = child.stdin.take().expect("an input");
    let histories: Vec<_> = seeds().map(|seed| (seed, hostile(seed))).collect();
    let lines: Vec<String> = histories
        .iter()
        .map(|(seed, (_, updates))| {
            let updates: Vec<String> = updates.iter().map(|update| hex(update)).collect();
            json!({ "seed": seed, "updates": updates }).to_string()
        })
        .collect();
    let feeding = std::thread::spawn(move || {
        for line in lines {
            // Node ends early only with an error, which shows below.
            let _ = writeln!(input, "{line}");
        }
    });
    let mut answers = BufReader::new(child.stdout.take().expect("an output")).lines();
    let mut updates = 0;
    for (seed, (tables, accepted)) in &histories {
        let line = answers.next().expect("an answer").expect("a line");
        let theirs: Value = serde_json::from_str(&line).expect("JSON");
        assert!(
            theirs.get("wrong").is_none(),
            "seed {seed}: Yjs says {}",
            theirs["wrong"]
        );
        let (tree, clocks) = ours(tables, accepted.iter().map(Vec::as_slice));
        assert_eq!(theirs["clocks"], clocks, "seed {seed}: the clocks differ");
        assert_eq!(theirs["tree"], tree, "seed {seed}: the trees differ");
        updates += accepted.len();
    }
    feeding.join().expect("fed");
    assert!(child.wait().expect("node ends").success());
    assert!(
        updates > 2 * histories.len(),
        "only {updates} updates passed"
    );
    println!("{} histories, {updates} updates alike", histories.len());
}

/// Real Yjs clients edit as the editor does, with offline branches: none of their updates is
/// refused, and the server ends with their text.
#[test]
fn histories_of_honest_clients_pass_and_end_alike() {
    let seeds = seeds();
    let count = (seeds.end - seeds.start).to_string();
    let first = seeds.start.to_string();
    let arguments = ["record.mjs", "--histories", &count, &first].map(str::to_owned);
    let mut child = node(&arguments).spawn().expect("node starts");
    let (mut passed, mut crossings, mut pieces) = (0, 0, 0);
    for line in BufReader::new(child.stdout.take().expect("an output")).lines() {
        let history: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let seed = &history["seed"];
        let (mut tables, mut accepted) = (Tables::new(), Vec::new());
        for (at, frame) in history["frames"]
            .as_array()
            .expect("frames")
            .iter()
            .enumerate()
        {
            let kind = frame[0].as_u64().expect("a kind");
            let bytes = unhex(frame[1].as_str().expect("bytes"));
            match (kind, read(&bytes, &tables, &Limits::default())) {
                (1 | 3, Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading)) => {
                    tables.apply(&reading);
                    accepted.push(bytes);
                }
                (1..=4, Verdict::NothingNew) | (2 | 4, Verdict::CleanUpOnly(_)) => {}
                (_, verdict) => panic!("seed {seed}, frame {at} of kind {kind}: {verdict:?}"),
            }
        }
        let (tree, clocks) = ours(&tables, accepted.iter().map(Vec::as_slice));
        assert_eq!(history["clocks"], clocks, "seed {seed}: the clocks differ");
        assert_eq!(history["tree"], tree, "seed {seed}: the trees differ");
        passed += 1;
        crossings += tables.crossings();
        pieces += tables.pieces() as u64;
    }
    assert!(child.wait().expect("node ends").success());
    assert_eq!(passed, seeds.end - seeds.start, "histories");
    println!("{passed} histories, {pieces} pieces that weigh {crossings}");
    // A document of 300,000 pieces may weigh 4,000,000.
    assert!(crossings < 8 * pieces, "{crossings} of {pieces} pieces");
}
