//! The frames of the wire (`live-text.md` section 3): y-protocols messages and our notices.
//! Pure: bytes in, values out. What an update holds is the gate's business.

use bytes::Bytes;

/// The largest message a client may send, in bytes (`live-text.md` section 5).
pub const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

const SYNC: u8 = 0;
const AWARENESS: u8 = 1;
const AUTH: u8 = 2;
const QUERY_AWARENESS: u8 = 3;
const NOTICE: u8 = 100;
const STEP_1: u8 = 0;
const STEP_2: u8 = 1;
const UPDATE: u8 = 2;

/// Why a socket is closed; 4400 to 4499 are final for `y-websocket`, the others come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// A frame could not be read.
    Malformed,
    /// Nobody is signed in, or the session ended.
    SignedOut,
    /// An update was refused.
    Refused,
    /// No such document, or not for this person.
    NotFound,
    /// A message over its limit.
    TooLarge,
    /// The client read too slowly.
    FellBehind,
    /// The client sent too fast for too long.
    TooFast,
    /// Too many sockets of one account or address.
    TooMany,
    /// Storage or the room failed.
    Failed,
    /// The server is stopping.
    Restarting,
}

impl Close {
    /// The close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Malformed => 4400,
            Self::SignedOut => 4401,
            Self::Refused => 4403,
            Self::NotFound => 4404,
            Self::TooLarge => 4413,
            Self::FellBehind => 4508,
            Self::TooFast | Self::TooMany => 4529,
            Self::Failed => 1011,
            Self::Restarting => 1012,
        }
    }

    /// The reason sent with it, for developers.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::SignedOut => "not signed in",
            Self::Refused => "write refused",
            Self::NotFound => "no such document",
            Self::TooLarge => "too large",
            Self::FellBehind => "fell behind",
            Self::TooFast => "too fast",
            Self::TooMany => "too many connections",
            Self::Failed => "storage failed",
            Self::Restarting => "restarting",
        }
    }
}

/// One message of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Sync step 1: the client's state vector.
    Step1(Bytes),
    /// Sync step 2: what the client holds and we may lack.
    Step2(Bytes),
    /// One update.
    Update(Bytes),
    /// An awareness update.
    Awareness(Bytes),
    /// "Who is here?"
    QueryAwareness,
    /// A tag we do not know: ignored and counted.
    Unknown,
}

/// Reads one frame; `None` when it is cut, has bytes left over or a number out of range.
#[must_use]
pub fn read(frame: &Bytes) -> Option<Message> {
    let mut cursor = Cursor::new(frame);
    let message = match cursor.byte()? {
        SYNC => match cursor.byte()? {
            STEP_1 => Message::Step1(cursor.bytes()?),
            STEP_2 => Message::Step2(cursor.bytes()?),
            UPDATE => Message::Update(cursor.bytes()?),
            _ => return None,
        },
        AWARENESS => Message::Awareness(cursor.bytes()?),
        QUERY_AWARENESS => Message::QueryAwareness,
        _ => return Some(Message::Unknown),
    };
    cursor.is_done().then_some(message)
}

/// Whether a frame is an awareness update, by its tag alone.
#[must_use]
pub fn is_presence(frame: &[u8]) -> bool {
    frame.first() == Some(&AWARENESS)
}

/// Our sync step 1: asks for what this state vector lacks.
#[must_use]
pub fn step_1(state_vector: &[u8]) -> Bytes {
    frame(&[SYNC, STEP_1], state_vector)
}

/// A sync step 2.
#[must_use]
pub fn step_2(update: &[u8]) -> Bytes {
    frame(&[SYNC, STEP_2], update)
}

/// An update.
#[must_use]
pub fn update(update: &[u8]) -> Bytes {
    frame(&[SYNC, UPDATE], update)
}

/// An awareness update.
#[must_use]
pub fn awareness(update: &[u8]) -> Bytes {
    frame(&[AWARENESS], update)
}

/// An awareness update about nobody: a sign of life that changes nothing.
#[must_use]
pub fn sign_of_life() -> Bytes {
    awareness(&[0])
}

/// "Permission denied", for clients without notices.
#[must_use]
pub fn denied(reason: &str) -> Bytes {
    frame(&[AUTH, 0], reason.as_bytes())
}

/// A notice: one JSON object.
#[must_use]
pub fn notice(json: &serde_json::Value) -> Bytes {
    frame(&[NOTICE], json.to_string().as_bytes())
}

/// The acknowledgement of the first `updates` sync frames, at head `seq`; made for each turn of
/// each writer, so without a tree of values.
#[must_use]
pub fn stored(updates: u64, seq: i64) -> Bytes {
    let json = format!(r#"{{"seq":{seq},"type":"stored","updates":{updates}}}"#);
    frame(&[NOTICE], json.as_bytes())
}

fn frame(head: &[u8], body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(head.len() + 5 + body.len());
    out.extend_from_slice(head);
    put_number(&mut out, body.len() as u64);
    out.extend_from_slice(body);
    out.into()
}

/// Appends an unsigned LEB128 number.
pub fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A length at the beginning of these bytes, and how many bytes say it; `None` when more must come.
/// Four bytes say more than any frame may have, whatever follows.
#[must_use]
pub fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (at, byte) in bytes.iter().enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((at + 1, length));
        }
        if at == 3 {
            return Some((4, usize::MAX));
        }
    }
    None
}

/// Reads a frame from its start.
#[derive(Debug)]
pub struct Cursor<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the first byte.
    #[must_use]
    pub const fn new(bytes: &'a Bytes) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// An unsigned LEB128 number below 2^53, in its shortest form.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let shortest = byte > 0 || shift == 0;
                return (shortest && number < 1 << 53).then_some(number);
            }
        }
        None
    }

    /// A length, then so many bytes (a slice, not a copy).
    pub fn bytes(&mut self) -> Option<Bytes> {
        let length = usize::try_from(self.number()?).ok()?;
        let end = self.at.checked_add(length)?;
        if end > self.bytes.len() {
            return None;
        }
        let bytes = self.bytes.slice(self.at..end);
        self.at = end;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let body = Bytes::from_static(b"body");
        assert_eq!(read(&step_1(&body)), Some(Message::Step1(body.clone())));
        assert_eq!(read(&step_2(&body)), Some(Message::Step2(body.clone())));
        assert_eq!(read(&update(&body)), Some(Message::Update(body.clone())));
        assert_eq!(read(&awareness(&body)), Some(Message::Awareness(body)));
        assert_eq!(sign_of_life().as_ref(), [1, 1, 0]);
        assert_eq!(denied("no").as_ref(), [2, 0, 2, b'n', b'o']);
    }

    #[test]
    fn cut_longer_and_unknown_frames() {
        let whole = update(&[7; 300]);
        for end in 0..whole.len() {
            assert_eq!(read(&whole.slice(..end)), None);
        }
        let mut longer = whole.to_vec();
        longer.push(0);
        assert_eq!(read(&longer.into()), None);
        assert_eq!(read(&Bytes::from_static(&[0, 9, 0])), None);
        assert_eq!(read(&Bytes::from_static(&[0, 2, 0x80, 0])), None);
        assert_eq!(read(&Bytes::from_static(&[42, 1])), Some(Message::Unknown));
    }

    #[test]
    fn only_the_transient_codes_are_outside_4400_to_4499() {
        let is_final = |close: Close| (4400..4500).contains(&close.code());
        assert!(is_final(Close::SignedOut) && is_final(Close::Refused));
        assert!(!is_final(Close::TooFast) && !is_final(Close::TooMany));
        assert!(!is_final(Close::FellBehind) && !is_final(Close::Restarting));
    }
}
