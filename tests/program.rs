//! The program itself, started as people start it: its options, its first lines, its end.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::PATIENCE;
use crate::support::database::Database;

/// The program, without the settings of whoever runs the tests.
fn chantier(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chantier"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHANTIER_")) {
        command.env_remove(name);
    }
    command.args(arguments).kill_on_drop(true);
    command
}

/// A started server and what it prints.
async fn serve(data: &Path, more: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let data = data.to_str().expect("a path");
    let mut child = chantier(&["serve", "--listen", "127.0.0.1:0", "--data", data])
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let out = child.stdout.take().expect("piped");
    (child, BufReader::new(out).lines())
}

async fn line(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    timeout(PATIENCE, lines.next_line())
        .await
        .expect("a line in time")
        .expect("readable")
        .expect("a line")
}

/// Runs to the end; whether it succeeded and what it said on the error output.
async fn run(arguments: &[&str]) -> (bool, String, String) {
    let done = timeout(PATIENCE, chantier(arguments).output())
        .await
        .expect("ends in time")
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (done.status.success(), text(done.stdout), text(done.stderr))
}

#[tokio::test]
async fn an_empty_folder_gives_a_set_up_link_and_a_port() {
    let database = Database::sqlite();
    let (mut child, mut lines) = serve(database.folder(), &[]).await;
    let first = line(&mut lines).await;
    let base = first.strip_prefix("listening on ").expect("the first line");
    assert!(
        base.starts_with("http://127.0.0.1:") && !base.ends_with(":0"),
        "{first}"
    );
    let second = line(&mut lines).await;
    let token = second
        .strip_prefix(&format!("set up the workspace at {base}/installation/"))
        .expect("the second line");
    let form = reqwest::get(format!("{base}/api/setup/{token}")).await;
    assert_eq!(form.expect("an answer").status(), 200);

    // A second process on the same folder is refused in one sentence.
    let folder = database.folder().to_str().expect("a path");
    let (ok, out, said) = run(&["serve", "--listen", "127.0.0.1:0", "--data", folder]).await;
    assert!(!ok && out.is_empty(), "{out}");
    assert!(
        said.contains("in use by another chantier process"),
        "{said}"
    );
    assert_eq!(said.trim().lines().count(), 1, "{said}");

    let id = child.id().expect("running").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(told.expect("kill runs").success());
    let ended = timeout(Duration::from_secs(10), child.wait()).await;
    assert!(ended.expect("within ten seconds").expect("ends").success());

    // The lock went with the process.
    let (_child, mut lines) = serve(database.folder(), &[]).await;
    line(&mut lines).await;
}

#[tokio::test]
async fn metrics_are_for_the_administration_listener_only() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let admin = free.local_addr().expect("an address").to_string();
    drop(free);
    let database = Database::sqlite();
    let (_child, mut lines) = serve(database.folder(), &["--admin-listen", &admin]).await;
    let first = line(&mut lines).await;
    let base = first.strip_prefix("listening on ").expect("the first line");
    line(&mut lines).await;
    let get = async |url: String| reqwest::get(url).await.expect("an answer");
    assert_eq!(get(format!("{base}/api/workspace")).await.status(), 200);
    assert_eq!(get(format!("{base}/metrics")).await.status(), 404);
    let metrics = get(format!("http://{admin}/metrics")).await;
    let text = metrics.text().await.expect("text");
    assert!(text.contains("chantier_requests_total"), "{text}");
}

#[tokio::test]
async fn the_demonstration_is_refused_where_others_reach_it() {
    let database = Database::sqlite();
    let folder = database.folder().to_str().expect("a path");
    for public in [
        ["--listen", "0.0.0.0:0"],
        ["--public-url", "https://chantier.example"],
    ] {
        let mut arguments = vec!["serve", "--demo", "--data", folder];
        arguments.extend(public);
        let (ok, _, said) = run(&arguments).await;
        assert!(!ok && said.contains("--demo-on-public-address"), "{said}");
    }
}

#[tokio::test]
async fn help_tells_every_option_with_its_environment_name() {
    let (ok, help, _) = run(&["serve", "--help"]).await;
    assert!(ok);
    // Lines are wrapped to the terminal.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for option in [
        "listen",
        "data",
        "database-url",
        "database-url-file",
        "public-url",
        "admin-listen",
        "trusted-proxies",
        "demo",
        "demo-on-public-address",
        "log",
        "log-json",
    ] {
        assert!(help.contains(&format!("--{option}")), "{option}: {help}");
        let name = format!("CHANTIER_{}", option.replace('-', "_").to_uppercase());
        assert!(help.contains(&format!("[env: {name}")), "{name}: {help}");
    }
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
}

#[tokio::test]
async fn a_control_that_does_not_exist_is_refused() {
    let mut command = chantier(&["serve", "--listen", "127.0.0.1:0"]);
    let done = command.env("CHANTIER_CONTROL", "nonsense").output().await;
    let done = done.expect("the program starts");
    let said = String::from_utf8(done.stderr).expect("text");
    assert!(
        !done.status.success() && said.contains("no such control"),
        "{said}"
    );
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_in_a_sentence() {
    for (arguments, said) in [
        (vec!["--database-url", "mysql://x"], "postgres://"),
        (vec!["--public-url", "chantier.example"], "https://"),
        (vec!["--trusted-proxies", "10.0.0.0/40"], "network"),
    ] {
        let mut all = vec!["serve"];
        all.extend(arguments);
        let (ok, _, error) = run(&all).await;
        assert!(!ok && error.contains(said), "{error}");
    }
}

#[tokio::test]
async fn documents_to_measure_with_are_made_before_the_server_starts_and_again() {
    let database = Database::sqlite();
    let folder = database.folder().to_str().expect("a path");
    let mut tokens = Vec::new();
    let mut documents = Vec::new();
    for _ in 0..2 {
        let (ok, out, said) = run(&["bench-documents", "3", "--data", folder]).await;
        assert!(ok, "{said}");
        let ids = out
            .lines()
            .filter_map(|line| line.strip_prefix("document "));
        documents.extend(ids.map(str::to_owned));
        let token = out.lines().find_map(|line| line.strip_prefix("token "));
        tokens.push(token.expect("a token").to_owned());
    }
    assert_eq!(documents.len(), 6);
    let (ok, out, said) = run(&["bench-documents", "1", "--paced", "--data", folder]).await;
    assert!(ok, "{said}");
    let told = |key| out.lines().find_map(|line| line.strip_prefix(key));
    documents.push(told("document ").expect("one").to_owned());
    tokens[1] = told("token ").expect("a token").to_owned();
    let second = told("second ").expect("another account").to_owned();
    let (_child, mut lines) = serve(database.folder(), &[]).await;
    let first = line(&mut lines).await;
    let base = first.strip_prefix("listening on ").expect("the first line");
    let state = async |document: &str, token: &str| {
        let request = reqwest::Client::new()
            .get(format!("{base}/api/documents/{document}/state"))
            .bearer_auth(token);
        request.send().await.expect("an answer").status()
    };
    for document in &documents {
        assert_eq!(state(document, &tokens[1]).await, 200);
    }
    assert_eq!(state(&documents[6], &second).await, 200);
    assert_eq!(state(&documents[0], &tokens[0]).await, 401);
    let (ok, _, said) = run(&["bench-documents", "1", "--data", folder]).await;
    assert!(
        !ok && said.contains("in use by another chantier process"),
        "{said}"
    );
}

#[tokio::test]
async fn a_board_to_measure_with_has_its_proposals_at_all_stages() {
    let database = Database::sqlite();
    let folder = database.folder().to_str().expect("a path");
    let (ok, out, said) = run(&["bench-documents", "9", "--board", "--data", folder]).await;
    assert!(ok, "{said}");
    let told = |key| out.lines().find_map(|line| line.strip_prefix(key));
    assert_eq!(out.matches("proposal ").count(), 2);
    let (chantier, facilitator) = (
        told("chantier ").expect("one"),
        told("second ").expect("one"),
    );
    let (_child, mut lines) = serve(database.folder(), &[]).await;
    let first = line(&mut lines).await;
    let base = first.strip_prefix("listening on ").expect("the first line");
    let request = reqwest::Client::new()
        .get(format!("{base}/api/board?chantier={chantier}"))
        .bearer_auth(facilitator);
    let answer = request.send().await.expect("an answer").text().await;
    let board: serde_json::Value = serde_json::from_str(&answer.expect("a body")).expect("a board");
    let rows = board["proposals"].as_array().expect("rows");
    let stages: std::collections::BTreeSet<_> = rows
        .iter()
        .filter_map(|row| row["stage"].as_str())
        .collect();
    assert_eq!((rows.len(), stages.len()), (9, 6), "{stages:?}");
}
