//! The bytes of Yjs updates and of their frames, made without a library: one person who types
//! at the end of a paragraph of their own, one character an update.

/// The section of the sheet everybody types in.
const SECTION: &str = "description";

/// Appends an unsigned LEB128 number.
pub fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The y-protocols frame of an update: sync, update, length, bytes.
fn framed(update: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 2];
    put_number(&mut frame, update.len() as u64);
    frame.extend_from_slice(update);
    frame
}

/// The frame of an empty sync step 1: "send me everything".
pub fn ask_for_all() -> Vec<u8> {
    vec![0, 0, 1, 0]
}

/// The frame of an empty sync step 2: "you hold all that I have".
pub fn nothing_to_tell() -> Vec<u8> {
    vec![0, 1, 2, 0, 0]
}

/// A person who types.
#[derive(Clone, Debug)]
pub struct Typist {
    /// Their Yjs client id.
    pub client: u64,
    /// The clock of their next struct.
    pub clock: u64,
}

impl Typist {
    /// Nothing typed yet.
    pub fn new(client: u64) -> Self {
        Self { client, clock: 0 }
    }

    /// The frame of the next update: first a paragraph with its text, then `text` after `text`.
    pub fn type_next(&mut self, text: &str) -> Vec<u8> {
        let mut update = vec![1];
        if self.clock == 0 {
            put_number(&mut update, 3);
            self.put_place(&mut update);
            // A paragraph in the section, a text in it, the first words in that.
            update.extend([7, 1]);
            put_text(&mut update, SECTION);
            update.push(3);
            put_text(&mut update, "paragraph");
            update.extend([7, 0]);
            put_number(&mut update, self.client);
            update.extend([0, 6, 4, 0]);
            put_number(&mut update, self.client);
            update.push(1);
            put_text(&mut update, text);
            self.clock = 2;
        } else {
            put_number(&mut update, 1);
            self.put_place(&mut update);
            // A string after the one before it.
            update.push(0x84);
            put_number(&mut update, self.client);
            put_number(&mut update, self.clock - 1);
            put_text(&mut update, text);
        }
        self.clock += text.len() as u64;
        update.push(0);
        framed(&update)
    }

    /// The frame of an update that inserts `text` between the characters at `after` and the next one.
    pub fn type_at(&mut self, after: u64, text: &str) -> Vec<u8> {
        let mut update = vec![1];
        put_number(&mut update, 1);
        self.put_place(&mut update);
        update.push(0xc4);
        for neighbour in [after, after + 1] {
            put_number(&mut update, self.client);
            put_number(&mut update, neighbour);
        }
        put_text(&mut update, text);
        self.clock += text.len() as u64;
        update.push(0);
        framed(&update)
    }

    fn put_place(&self, update: &mut Vec<u8>) {
        put_number(update, self.client);
        put_number(update, self.clock);
    }
}

/// What a frame of the server is to the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An update whose first section is of `client`; `clock` is the first one of it.
    Update {
        /// The client id.
        client: u64,
        /// The first clock.
        clock: u64,
    },
    /// Sync step 1.
    Step1,
    /// Sync step 2: all was sent.
    Step2,
    /// `stored`: so many of my sync frames are on disk.
    Stored(u64),
    /// The update was refused.
    Refused,
    /// Anything else.
    Other,
}

/// Reads the head of a frame.
pub fn hear(frame: &[u8]) -> Heard {
    match frame {
        [0, 0, ..] => Heard::Step1,
        [0, 1, ..] => Heard::Step2,
        [0, 2, rest @ ..] => update_head(rest).unwrap_or(Heard::Other),
        [100, rest @ ..] => notice(rest),
        _ => Heard::Other,
    }
}

/// The sum of the clocks in the server's sync step 1; 0 for another frame.
pub fn clocks_told(frame: &[u8]) -> u64 {
    vector(frame).iter().map(|(_, clock)| clock).sum()
}

/// The clock of the one client in the server's sync step 1; 0 for another frame.
pub fn clock_told(frame: &[u8]) -> u64 {
    vector(frame).first().map_or(0, |(_, clock)| *clock)
}

fn vector(frame: &[u8]) -> Vec<(u64, u64)> {
    let [0, 0, rest @ ..] = frame else {
        return Vec::new();
    };
    let mut rest = rest;
    let mut read = || number(&mut rest);
    let (Some(_length), Some(count)) = (read(), read()) else {
        return Vec::new();
    };
    (0..count).map_while(|_| Some((read()?, read()?))).collect()
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
}

fn update_head(mut bytes: &[u8]) -> Option<Heard> {
    let rest = &mut bytes;
    let _length = number(rest)?;
    if number(rest)? == 0 {
        return None;
    }
    let _structs = number(rest)?;
    let client = number(rest)?;
    let clock = number(rest)?;
    Some(Heard::Update { client, clock })
}

/// Finds the number after `"updates":` without reading the JSON.
fn notice(bytes: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("\"refused\"") {
        eprintln!("refused: {text}");
        return Heard::Refused;
    }
    let digits = text
        .split("\"updates\":")
        .nth(1)
        .filter(|_| text.contains("\"stored\""))
        .map(|rest| {
            rest.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        });
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(count) => Heard::Stored(count),
        None => Heard::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_heard() {
        let mut typist = Typist::new(300);
        assert_eq!(
            hear(&typist.type_next("a")),
            Heard::Update {
                client: 300,
                clock: 0
            }
        );
        assert_eq!(
            hear(&typist.type_next("bc")),
            Heard::Update {
                client: 300,
                clock: 3
            }
        );
        assert_eq!(typist.clock, 5);
    }

    #[test]
    fn an_acknowledgement_is_heard() {
        let json = br#"{"seq":2,"type":"stored","updates":17}"#;
        let mut frame = vec![100, json.len() as u8];
        frame.extend_from_slice(json);
        assert_eq!(hear(&frame), Heard::Stored(17));
    }
}
