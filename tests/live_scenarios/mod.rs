//! Random lives of one document, in this process without sockets: clients that write, delete,
//! format, undo, go offline and come back, lose and regain rights, meet a freeze, a crash, a
//! compaction, a second node. Every seed is a story that can be told again.

mod checks;
mod client;
mod life;
mod scene;

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::crash::count;
use crate::support::database::Database;
use scene::{Met, SECOND_NODE, Scene};

/// How long one story may take; on a busy machine it is a second or two.
const STORY: Duration = Duration::from_secs(120);

/// So many stories meet everything that can happen.
const MANY: u64 = 50;

/// Which stories to tell: one by its seed (`CHANTIER_SCENARIO`), or so many from a first one.
fn seeds() -> (u64, u64) {
    match count("CHANTIER_SCENARIO", 0) {
        0 => (
            count("CHANTIER_TEST_SEED", 1),
            count("CHANTIER_SCENARIOS", 200),
        ),
        one => (one, 1),
    }
}

/// Tells every other story on this database, so that both databases share them.
async fn tell(database: Database, stage: &scene::Stage, parity: u64) {
    let (first, stories) = seeds();
    let (began, mut told, mut met) = (Instant::now(), 0, Met::default());
    for seed in first..first + stories {
        if stories > 1 && seed % 2 != parity {
            continue;
        }
        let story = async {
            let mut scene = Scene::set(&database, stage, seed).await;
            scene.play().await;
            scene.end().await
        };
        let ended = std::panic::AssertUnwindSafe(timeout(STORY, story))
            .catch_unwind()
            .await;
        match ended {
            Ok(Ok(more)) => {
                told += 1;
                met += more;
            }
            Ok(Err(_)) => panic!("seed {seed} hangs: repeat with CHANTIER_SCENARIO={seed}"),
            Err(panic) => {
                println!("seed {seed} failed: repeat with CHANTIER_SCENARIO={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    let took = began.elapsed().as_secs();
    println!("{told} stories from seed {first} on in {took} s: {met:?}");
    let lacks = met.lacks();
    let one_node = database.url().is_none();
    assert!(
        told < MANY || lacks.iter().all(|one| one_node && *one == SECOND_NODE),
        "the stories never met: {lacks:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stories_on_sqlite_keep_every_promise() {
    let database = Database::sqlite();
    let stage = scene::Stage::lay(&database).await;
    tell(database, &stage, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stories_on_postgres_keep_every_promise() {
    let database = Database::postgres().await;
    let stage = scene::Stage::lay(&database).await;
    tell(database, &stage, 1).await;
}
