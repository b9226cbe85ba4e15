//! The stream up of a seat: parts of bytes in, frames out, one at a time and no sooner than the room
//! takes them. Frames may begin and end anywhere in a part.

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::time::Instant;

use super::connection::Connection;
use super::protocol::{Close, MESSAGE_BYTES, length};
use crate::error::{Error, Result};

/// The stream up.
#[derive(Debug)]
pub(super) struct Up {
    /// The number of the last part taken.
    last: u64,
    /// What of it the room has not taken yet: frames, and perhaps the beginning of one.
    rest: Bytes,
    /// The pace of the connection: no frame before.
    not_before: Instant,
}

impl Up {
    pub(super) fn new() -> Self {
        Self {
            last: 0,
            rest: Bytes::new(),
            not_before: Instant::now(),
        }
    }

    /// Hands what is left of the part before to the room, then this one, if it is the next.
    ///
    /// # Errors
    /// As [`super::seat::Seat::take`].
    pub(super) async fn take(
        &mut self,
        number: u64,
        body: &Bytes,
        connection: &Connection,
    ) -> Result<()> {
        if number > self.last + 1 {
            return Err(Error::Conflict("part_missing"));
        }
        self.drain(connection).await?;
        if number == self.last + 1 {
            self.add(body);
            self.last = number;
            self.drain(connection).await?;
        }
        Ok(())
    }

    /// The connection is over.
    pub(super) fn forget(&mut self) {
        self.rest = Bytes::new();
    }

    /// Puts a part behind the beginning of a frame that waits for it.
    fn add(&mut self, body: &Bytes) {
        if self.rest.is_empty() {
            self.rest = body.clone();
        } else {
            let mut joined = BytesMut::with_capacity(self.rest.len() + body.len());
            joined.extend_from_slice(&self.rest);
            joined.extend_from_slice(body);
            self.rest = joined.freeze();
        }
    }

    /// Hands each whole frame to the room. One that may not be ends the connection.
    async fn drain(&mut self, connection: &Connection) -> Result<()> {
        loop {
            let (used, frame) = match first(&self.rest) {
                Ok(Some(first)) => first,
                Ok(None) => break,
                Err(error) => {
                    let is_large = matches!(error, Error::TooLarge { .. });
                    connection.close(if is_large {
                        Close::TooLarge
                    } else {
                        Close::Malformed
                    });
                    return Err(error);
                }
            };
            // A pause outlives the request that earned it: asking again does not shorten it.
            tokio::time::sleep_until(self.not_before).await;
            let Some(pause) = connection.hand(frame).await else {
                return Err(Error::Gone("seat_gone"));
            };
            self.rest.advance(used);
            self.not_before = Instant::now() + pause;
        }
        if self.rest.is_empty() {
            self.rest = Bytes::new();
        }
        Ok(())
    }
}

/// The first frame of these bytes and how many of them it takes; `None` when more must come.
/// It is a copy: a small frame that waits must not keep a large body.
fn first(bytes: &[u8]) -> Result<Option<(usize, Bytes)>> {
    let Some((head, length)) = length(bytes) else {
        return Ok(None);
    };
    if length > MESSAGE_BYTES {
        let limit_bytes = MESSAGE_BYTES;
        return Err(Error::TooLarge { limit_bytes });
    }
    if length == 0 {
        return Err(Error::Malformed("body".to_owned()));
    }
    let frame = bytes.get(head..head + length);
    Ok(frame.map(|frame| (head + length, Bytes::copy_from_slice(frame))))
}

#[cfg(test)]
mod tests {
    use super::super::protocol::put_number;
    use super::*;

    /// The frames of a stream that comes in pieces; `None` when it is refused.
    fn frames(pieces: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
        let (mut up, mut frames) = (Up::new(), Vec::new());
        for piece in pieces {
            up.add(&Bytes::copy_from_slice(piece));
            while let Some((used, frame)) = first(&up.rest).ok()? {
                up.rest.advance(used);
                frames.push(frame.to_vec());
            }
        }
        Some(frames)
    }

    #[test]
    fn frames_may_begin_and_end_anywhere() {
        let mut stream = vec![3, b'a', b'b', b'c', 1, b'd'];
        put_number(&mut stream, 300);
        stream.extend_from_slice(&[7; 300]);
        let whole = frames(&[&stream]).expect("three frames");
        assert_eq!(whole, [b"abc".to_vec(), b"d".to_vec(), vec![7; 300]]);
        for cut in 0..stream.len() {
            let (one, two) = stream.split_at(cut);
            assert_eq!(
                frames(&[one, two]).expect("the same"),
                whole,
                "cut at {cut}"
            );
        }
        assert_eq!(
            frames(&[&stream[..stream.len() - 1]]).expect("two").len(),
            2
        );
    }

    #[test]
    fn an_empty_frame_is_refused() {
        assert_eq!(frames(&[&[0; 9]]), None);
        assert_eq!(frames(&[&[1, b'a', 0]]), None);
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
        let mut stream = Vec::new();
        put_number(&mut stream, MESSAGE_BYTES as u64);
        assert_eq!(frames(&[&stream]), Some(vec![]));
        stream.clear();
        put_number(&mut stream, MESSAGE_BYTES as u64 + 1);
        assert_eq!(frames(&[&stream]), None);
        assert_eq!(frames(&[&[0xff, 0xff], &[0xff]]), Some(vec![]));
        assert_eq!(frames(&[&[0xff, 0xff], &[0xff, 0xff]]), None);
    }
}
