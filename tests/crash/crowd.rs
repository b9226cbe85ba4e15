//! Many clients at work on one document, and what a newcomer must find in it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use chantier::ids::DocumentId;
use futures_util::future::join_all;

use super::ledger::{Event, Ledger, numbers};
use super::typist::Typist;
use crate::support::editor::{Editor, Random, converge, place};
use crate::support::server::Process;

/// Clients, their document and what they were promised.
pub(crate) struct Crowd {
    document: DocumentId,
    ledger: Rc<RefCell<Ledger>>,
    typists: Vec<Typist>,
}

impl Crowd {
    /// So many clients, not yet connected; of two people who may write.
    pub(crate) fn new(
        document: DocumentId,
        count: usize,
        ledger: Ledger,
        random: &mut Random,
    ) -> Self {
        let ledger = Rc::new(RefCell::new(ledger));
        let typists = (0..count)
            .map(|number| {
                let person = if number % 2 == 0 { "ada" } else { "ben" };
                let nowhere = ([127, 0, 0, 1], 1).into();
                let place = place(nowhere, document.as_str(), person);
                Typist::new(place, random.next(), ledger.clone())
            })
            .collect();
        Self {
            document,
            ledger,
            typists,
        }
    }

    /// Where the server is from now on.
    pub(crate) fn go_to(&mut self, address: SocketAddr) {
        for typist in &mut self.typists {
            typist.editor.place.address = address;
        }
    }

    /// Everybody works while `events` happen; what was sent to them by then is read.
    pub(crate) async fn work_while<T>(&mut self, events: impl Future<Output = T>) -> T {
        let done = AtomicBool::new(false);
        let events = async {
            let result = events.await;
            done.store(true, Ordering::Relaxed);
            result
        };
        let over = || done.load(Ordering::Relaxed);
        let typists = self.typists.iter_mut();
        let work = join_all(typists.map(async |typist| typist.work(over).await));
        let (result, _) = tokio::join!(events, work);
        result
    }

    /// The server is dead: takes what it had still sent.
    pub(crate) async fn drain(&mut self) {
        join_all(self.typists.iter_mut().map(Typist::drain)).await;
        self.look();
    }

    fn look(&mut self) {
        for typist in &mut self.typists {
            typist.look();
        }
    }

    /// Whatever somebody typed or did is acknowledged.
    pub(crate) async fn settle(&mut self) {
        for typist in &mut self.typists {
            typist.settle().await;
        }
        self.look();
    }

    /// How many words were typed, and how many of them promised.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.ledger.borrow().counts()
    }

    /// The ledger, to look at while everybody works.
    pub(crate) fn ledger(&self) -> Rc<RefCell<Ledger>> {
        self.ledger.clone()
    }

    /// What a newcomer finds broken.
    pub(crate) async fn broken(&self, process: &Process) -> Vec<String> {
        let fresh = self.newcomer(process).await;
        let mut problems = self.ledger.borrow().broken(&fresh.text(), &fresh.state());
        if let Some(missing) = fresh.waits_for() {
            problems.push(format!("a newcomer holds what waits for {missing:?}"));
        }
        problems
    }

    /// At the end: everybody has what a newcomer has, and no promise is broken.
    pub(crate) async fn finish(mut self, process: &Process) -> Vec<String> {
        self.settle().await;
        let problems = self.broken(process).await;
        let fresh = self.newcomer(process).await;
        let mut all: Vec<Editor> = self.typists.into_iter().map(|one| one.editor).collect();
        all.push(fresh);
        converge(&mut all).await;
        problems
    }

    /// Somebody comes, looks at everything, and types nothing.
    pub(crate) async fn show_to_a_reader(&self, process: &Process) {
        let fresh = self.newcomer(process).await;
        let mut ledger = self.ledger.borrow_mut();
        for word in numbers(&fresh.text()) {
            ledger.tell(&Event::Seen(word));
        }
        for (client, clock) in fresh.state().iter() {
            ledger.tell(&Event::Promised(client.get(), *clock));
        }
    }

    async fn newcomer(&self, process: &Process) -> Editor {
        let mut fresh = Editor::new(place(process.address, self.document.as_str(), "rea"));
        fresh.join().await;
        fresh
    }

    /// What everybody was promised.
    pub(crate) fn into_ledger(self) -> Ledger {
        drop(self.typists);
        let ledger = Rc::into_inner(self.ledger);
        ledger.expect("the typists are gone").into_inner()
    }
}
