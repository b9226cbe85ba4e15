//! The seats: taking one, finding it again, and forgetting it when nobody is there.
//! The task of a seat moves the room's frames into it, as a socket's task writes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Rooms;
use super::connection::{Outgoing, Wishes};
use super::protocol::Close;
use super::seat::Seat;
use super::settings::Settings;
use crate::ids::DocumentId;
use crate::store::accounts::Identity;
use crate::store::secrets::{new_secret, secret_hash};

/// How long a stopping server waits for a goodbye to be fetched.
const GOODBYE: Duration = Duration::from_secs(2);

/// Seats by the hash of their secret.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<HashMap<Vec<u8>, Arc<Seat>>>);

impl Seats {
    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Arc<Seat>>> {
        // Every change is one insertion or removal: a poisoned map is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rooms {
    /// Takes a seat in the document's room for a client without a socket; gives its secret.
    ///
    /// # Errors
    /// With which code a socket would be closed.
    pub async fn sit(
        &self,
        document: &DocumentId,
        identity: Identity,
        wishes: Wishes,
    ) -> Result<(String, Arc<Seat>), Close> {
        let secret = new_secret().map_err(|_| Close::Failed)?;
        let connection = self.join(document, identity.clone(), wishes).await?;
        let seat = Arc::new(Seat::new(identity, document.clone(), connection));
        let key = secret_hash(&secret);
        let count = {
            let mut seats = self.shared.seats.lock();
            seats.insert(key.clone(), seat.clone());
            seats.len()
        };
        metrics::gauge!("chantier_seats_open").set(count as f64);
        let (shared, kept) = (self.shared.clone(), seat.clone());
        self.shared.tasks.spawn(async move {
            serve(&kept, &shared.settings).await;
            tokio::select! {
                () = linger(&kept, &shared.settings) => {}
                () = async {
                    shared.stopping.cancelled().await;
                    let _ = tokio::time::timeout(GOODBYE, kept.told()).await;
                } => {}
            }
            let count = {
                let mut seats = shared.seats.lock();
                seats.remove(&key);
                seats.len()
            };
            metrics::gauge!("chantier_seats_open").set(count as f64);
        });
        Ok((secret, seat))
    }

    /// The seat of this secret, for whom it was given to; nobody else learns that it exists.
    #[must_use]
    pub fn seat(
        &self,
        secret: &str,
        identity: &Identity,
        document: &DocumentId,
    ) -> Option<Arc<Seat>> {
        let seat = self
            .shared
            .seats
            .lock()
            .get(&secret_hash(secret))
            .cloned()?;
        seat.is_of(identity, document).then_some(seat)
    }
}

/// Moves frames into the seat until the connection is over or nobody is there.
async fn serve(seat: &Seat, settings: &Settings) {
    let Some(connection) = seat.connection() else {
        return;
    };
    let (last, close) = loop {
        tokio::select! {
            biased;
            close = connection.cut() => break (Vec::new(), close),
            () = seat.abandoned(settings.seat_forgotten) => break (Vec::new(), Close::FellBehind),
            has_room = seat.room(settings.slow_reader) => if !has_room {
                break (Vec::new(), Close::FellBehind);
            },
        }
        // Its end loses what it took: it is left only to end the connection.
        tokio::select! {
            outgoing = connection.next() => match outgoing {
                Outgoing::Send(frames) => seat.put(frames),
                Outgoing::Close(last, close) => break (last, close),
            },
            () = seat.abandoned(settings.seat_forgotten) => break (Vec::new(), Close::FellBehind),
        }
    };
    connection.note_end(close);
    drop(connection);
    seat.end(last, close).await;
}

/// The goodbye waits for a reader; it is told again when its answer was lost. However often it is
/// asked for, the seat goes: it counts for nobody any more.
async fn linger(seat: &Seat, settings: &Settings) {
    let gone = seat.abandoned(settings.seat_forgotten);
    let _ = tokio::time::timeout(2 * settings.seat_forgotten, gone).await;
}
