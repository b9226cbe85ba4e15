//! Reads the structs and deletes of a V1 update that passed the gate: what the replay needs and
//! nothing else. Bytes that are not an update are an error, never a panic.

use super::Broken;

/// A unit's place: client id and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) client: u64,
    pub(super) clock: u32,
}

/// Where a struct without neighbours says it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// Where its neighbours stand.
    Inherited,
    /// In a section.
    Root(String),
    /// In the type at this place.
    Type(Id),
}

/// What a struct holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Collected by its sender, with what it stood in.
    Collected,
    /// Deleted before it was sent.
    Deleted,
    /// Text, in UTF-16 units.
    Text(Vec<u16>),
    /// An element.
    Element,
    /// A text node.
    TextNode,
    /// A format mark, an embed, a value.
    Other,
}

/// One struct of an update.
#[derive(Clone, Debug)]
pub(super) struct Struct {
    pub(super) clock: u32,
    pub(super) len: u32,
    pub(super) origin: Option<Id>,
    pub(super) right_origin: Option<Id>,
    pub(super) parent: Parent,
    /// Whether it is an attribute's value.
    pub(super) keyed: bool,
    pub(super) content: Content,
}

/// An update: its structs by client, and its deleted ranges.
#[derive(Debug, Default)]
pub(super) struct Update {
    pub(super) clients: Vec<(u64, Vec<Struct>)>,
    /// Client, first clock, count.
    pub(super) deletes: Vec<(u64, u32, u32)>,
}

/// Bits of a struct's first byte.
const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_KEY: u8 = 0x20;

impl Update {
    /// # Errors
    /// When the bytes are not a whole update.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let mut reader = Reader { bytes };
        let mut update = Self::default();
        for _ in 0..reader.number()? {
            let count = reader.number()?;
            let client = reader.number()?;
            let mut clock = reader.clock()?;
            let mut structs = Vec::new();
            for _ in 0..count {
                let next = reader.structure(clock)?;
                clock = clock.checked_add(next.len).ok_or(Broken)?;
                structs.push(next);
            }
            update.clients.push((client, structs));
        }
        for _ in 0..reader.number()? {
            let client = reader.number()?;
            for _ in 0..reader.number()? {
                let clock = reader.clock()?;
                update.deletes.push((client, clock, reader.clock()?));
            }
        }
        Ok(update)
    }
}

impl Update {
    /// Whether it writes anything.
    pub(super) fn has_text(&self) -> bool {
        let mut structs = self.clients.iter().flat_map(|(_, structs)| structs);
        structs.any(|one| matches!(one.content, Content::Text(_)))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Broken> {
        let (first, rest) = self.bytes.split_first().ok_or(Broken)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, Broken> {
        let mut number = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Broken)
    }

    /// A clock or a length: below 2^31.
    fn clock(&mut self) -> Result<u32, Broken> {
        let number = self.number()?;
        i32::try_from(number).map_err(|_| Broken)?;
        u32::try_from(number).map_err(|_| Broken)
    }

    fn id(&mut self) -> Result<Id, Broken> {
        let client = self.number()?;
        let clock = self.clock()?;
        Ok(Id { client, clock })
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Broken> {
        let count = usize::try_from(count).map_err(|_| Broken)?;
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Broken)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn text(&mut self) -> Result<&'a str, Broken> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Broken)
    }

    fn structure(&mut self, clock: u32) -> Result<Struct, Broken> {
        let info = self.byte()?;
        let kind = info & 0x1f;
        let mut read = Struct {
            clock,
            len: 1,
            origin: None,
            right_origin: None,
            parent: Parent::Inherited,
            keyed: false,
            content: Content::Other,
        };
        if kind == 0 {
            read.len = self.clock()?;
            read.content = Content::Collected;
            return if read.len == 0 { Err(Broken) } else { Ok(read) };
        }
        if info & HAS_ORIGIN != 0 {
            read.origin = Some(self.id()?);
        }
        if info & HAS_RIGHT_ORIGIN != 0 {
            read.right_origin = Some(self.id()?);
        }
        if info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
            read.parent = if self.number()? == 1 {
                Parent::Root(self.text()?.to_owned())
            } else {
                Parent::Type(self.id()?)
            };
            if info & HAS_KEY != 0 {
                self.text()?;
                read.keyed = true;
            }
        }
        (read.content, read.len) = self.content(kind)?;
        if read.len == 0 {
            return Err(Broken);
        }
        Ok(read)
    }

    fn content(&mut self, kind: u8) -> Result<(Content, u32), Broken> {
        Ok(match kind {
            1 => (Content::Deleted, self.clock()?),
            4 => {
                let units: Vec<u16> = self.text()?.encode_utf16().collect();
                let len = u32::try_from(units.len()).map_err(|_| Broken)?;
                (Content::Text(units), len)
            }
            5 => {
                self.text()?;
                (Content::Other, 1)
            }
            6 => {
                self.text()?;
                self.text()?;
                (Content::Other, 1)
            }
            7 => match self.number()? {
                3 => {
                    self.text()?;
                    (Content::Element, 1)
                }
                6 => (Content::TextNode, 1),
                _ => return Err(Broken),
            },
            8 => {
                let count = self.clock()?;
                self.values(u64::from(count))?;
                (Content::Other, count)
            }
            _ => return Err(Broken),
        })
    }

    /// Passes over values, with an explicit stack: how many are left in each holder, and whether
    /// each has a key before it.
    fn values(&mut self, count: u64) -> Result<(), Broken> {
        let mut open = vec![(count, false)];
        while let Some((left, keyed)) = open.last_mut() {
            if *left == 0 {
                open.pop();
                continue;
            }
            *left -= 1;
            if *keyed {
                self.text()?;
            }
            match self.byte()? {
                127 | 126 | 121 | 120 => {}
                125 => self.integer()?,
                124 => drop(self.take(4)?),
                123 | 122 => drop(self.take(8)?),
                119 => drop(self.text()?),
                118 => open.push((self.number()?, true)),
                117 => open.push((self.number()?, false)),
                116 => {
                    let length = self.number()?;
                    self.take(length)?;
                }
                _ => return Err(Broken),
            }
        }
        Ok(())
    }

    /// A signed number: only its end matters.
    fn integer(&mut self) -> Result<(), Broken> {
        while self.byte()? >= 0x80 {}
        Ok(())
    }
}
