//! The two databases get the same tables: same file names, same text but for the type of bytes
//! and what a block says is in one of them only (triggers: no text suits both).

use super::{caught, files_under, none, read};

/// What opens and closes a block that only one database has.
const ONE_ONLY: [&str; 2] = ["-- In this database only", "-- In both again"];

/// The text without the blocks that only one database has; such a block makes no table.
fn shared(text: &str) -> String {
    let mut kept = String::new();
    let mut alone = false;
    for line in text.split_inclusive('\n') {
        alone |= line.starts_with(ONE_ONLY[0]);
        if !alone || line.contains("create table") || line.contains("alter table") {
            kept.push_str(line);
        }
        alone &= !line.starts_with(ONE_ONLY[1]);
    }
    kept
}

/// The text of a migration as the other database would have it.
fn common(text: &str) -> String {
    let text = shared(text);
    text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_')
        .map(|word| word.replacen("bytea", "blob", usize::from(word.starts_with("bytea"))))
        .collect()
}

fn problems(name: &str, sqlite: Option<&str>, postgres: Option<&str>) -> Vec<String> {
    match (sqlite, postgres) {
        (Some(one), Some(two)) if common(one) == common(two) => Vec::new(),
        (Some(one), Some(two)) => {
            let differing = common(one)
                .lines()
                .zip(common(two).lines())
                .position(|(a, b)| a != b)
                .map_or("at the end".to_owned(), |line| {
                    format!("at line {}", line + 1)
                });
            vec![format!("{name}: the two databases differ {differing}")]
        }
        (_, None) => vec![format!("{name}: missing in migrations/postgres")],
        (None, _) => vec![format!("{name}: missing in migrations/sqlite")],
    }
}

#[test]
fn both_databases_have_the_same_tables() {
    let names = |folder: &str| -> Vec<String> {
        files_under(folder, &[".sql"])
            .iter()
            .map(|path| path.rsplit('/').next().unwrap_or_default().to_owned())
            .collect()
    };
    let (sqlite, postgres) = (names("migrations/sqlite"), names("migrations/postgres"));
    let mut all = [sqlite.clone(), postgres.clone()].concat();
    all.sort();
    all.dedup();
    let text = |folder: &str, has: &[String], name: &String| {
        has.contains(name)
            .then(|| read(&format!("migrations/{folder}/{name}")))
    };
    let found: Vec<String> = all
        .iter()
        .flat_map(|name| {
            problems(
                name,
                text("sqlite", &sqlite, name).as_deref(),
                text("postgres", &postgres, name).as_deref(),
            )
        })
        .collect();
    none(&found);
}

#[test]
fn differences_are_caught() {
    none(&problems(
        "1.sql",
        Some("a blob,\nb text"),
        Some("a bytea,\nb text"),
    ));
    caught(
        &problems("1.sql", Some("a blob"), Some("a text")),
        "at line 1",
    );
    let alone = "a\n-- In this database only: x\nb\n-- In both again.\nc";
    none(&problems("1.sql", Some(alone), Some("a\nc")));
    let table = alone.replace("b\n", "create table b\n");
    caught(&problems("1.sql", Some(&table), Some("a\nc")), "at line 2");
    caught(&problems("1.sql", Some("a\nb"), Some("a")), "at the end");
    caught(
        &problems("1.sql", Some("a"), None),
        "missing in migrations/postgres",
    );
    caught(
        &problems("1.sql", None, Some("a")),
        "missing in migrations/sqlite",
    );
}
