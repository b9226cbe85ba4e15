//! A cursor over untrusted bytes: lib0 numbers and strings, read strictly.
//! Nothing here allocates.

use super::rule::{Rule, refuse};

/// Client ids stay exact in a JavaScript number.
const ID_BITS: u32 = 53;
/// Clocks and lengths stay in a signed 32-bit integer.
const CLOCK_BITS: u32 = 31;

/// Where the reading stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// The same bytes, from a position that was reached before.
    pub(super) fn starting(all: &'a [u8], at: usize) -> Self {
        Self { all, at }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn remaining(&self) -> usize {
        self.all.len() - self.at
    }

    pub(super) fn byte(&mut self) -> Result<u8, Rule> {
        let Some(byte) = self.all.get(self.at) else {
            refuse(Rule::Truncated)?;
            return Ok(0);
        };
        self.at += 1;
        Ok(*byte)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Rule> {
        if count > self.remaining() {
            refuse(Rule::Truncated)?;
        }
        let bytes = &self.all[self.at..self.at + count.min(self.remaining())];
        self.at += bytes.len();
        Ok(bytes)
    }

    /// A var-int without sign, in its shortest form, below 2^`bits` (at most 2^56).
    #[inline]
    fn uint(&mut self, bits: u32) -> Result<u64, Rule> {
        // Most numbers are small.
        match self.all.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            Some(_) | None => self.long_uint(bits),
        }
    }

    fn long_uint(&mut self, bits: u32) -> Result<u64, Rule> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    refuse(Rule::NumberNotCanonical)?;
                }
                break;
            }
            shift += 7;
            // Far enough to see that it is too large, never to where bits fall off.
            if shift > 56 {
                return Err(Rule::NumberTooLarge);
            }
        }
        if value >> bits != 0 {
            refuse(Rule::NumberTooLarge)?;
        }
        Ok(value)
    }

    /// A client id.
    pub(super) fn client(&mut self) -> Result<u64, Rule> {
        self.uint(ID_BITS)
    }

    /// A clock or a length.
    pub(super) fn clock(&mut self) -> Result<u32, Rule> {
        self.uint(CLOCK_BITS).map(|value| value as u32)
    }

    /// A number of things that are not in these bytes.
    pub(super) fn size(&mut self) -> Result<usize, Rule> {
        self.uint(ID_BITS).map(|size| size as usize)
    }

    /// A count of things that take at least `least_bytes` each.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, Rule> {
        let count = self.uint(ID_BITS)?;
        let most = (self.remaining() / least_bytes) as u64;
        if count > most {
            refuse(Rule::CountBeyondBytes)?;
        }
        Ok(count.min(most) as usize)
    }

    /// A var-int with sign, in its shortest form; minus zero is a number of JavaScript.
    pub(super) fn signed(&mut self) -> Result<i64, Rule> {
        let mut byte = self.byte()?;
        let negative = byte & 0x40 != 0;
        let mut value = u64::from(byte & 0x3f);
        let mut shift = 6;
        while byte >= 0x80 {
            if shift > 55 {
                return Err(Rule::NumberTooLarge);
            }
            byte = self.byte()?;
            if byte == 0 {
                refuse(Rule::NumberNotCanonical)?;
            }
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        if value >> ID_BITS != 0 {
            refuse(Rule::NumberTooLarge)?;
        }
        // At most 62 bits.
        let value = value as i64;
        Ok(if negative { -value } else { value })
    }

    /// A string: its length in bytes, then UTF-8.
    pub(super) fn text(&mut self) -> Result<&'a str, Rule> {
        let length = self.count(1)?;
        let bytes = self.take(length)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(error) => {
                refuse(Rule::TextNotUtf8)?;
                Ok(std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
            }
        }
    }
}

/// Length in UTF-16 units, as JavaScript counts.
pub(super) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Every character starts with a byte that does not continue one; four-byte ones count twice.
    text.bytes()
        .map(|b| usize::from(b & 0xc0 != 0x80) + usize::from(b >= 0xf0))
        .sum()
}

/// Appends a var-int without sign.
pub(super) fn write_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        for value in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            (1 << 31) - 1,
            1 << 31,
            (1 << 53) - 1,
        ] {
            let mut bytes = Vec::new();
            write_uint(&mut bytes, value);
            assert_eq!(Bytes::new(&bytes).client(), Ok(value));
        }
    }

    #[test]
    fn number_not_canonical() {
        for bytes in [&[0x80, 0][..], &[0x81, 0x80, 0]] {
            assert_eq!(Bytes::new(bytes).client(), Err(Rule::NumberNotCanonical));
        }
        assert_eq!(
            Bytes::new(&[0x80, 0]).signed(),
            Err(Rule::NumberNotCanonical)
        );
    }

    #[test]
    fn number_too_large() {
        assert_eq!(Bytes::new(&[0x80; 12]).client(), Err(Rule::NumberTooLarge));
        assert_eq!(Bytes::new(&[0xff; 12]).signed(), Err(Rule::NumberTooLarge));
        let mut over = Vec::new();
        write_uint(&mut over, 1 << 53);
        assert_eq!(Bytes::new(&over).client(), Err(Rule::NumberTooLarge));
        over.clear();
        write_uint(&mut over, 1 << 31);
        assert_eq!(Bytes::new(&over).clock(), Err(Rule::NumberTooLarge));
    }

    #[test]
    fn truncated() {
        assert_eq!(Bytes::new(&[0x80]).client(), Err(Rule::Truncated));
        assert_eq!(Bytes::new(&[]).byte(), Err(Rule::Truncated));
        assert_eq!(Bytes::new(&[1]).take(2), Err(Rule::Truncated));
    }

    #[test]
    fn signed_numbers_are_read() {
        assert_eq!(Bytes::new(&[0x40]).signed(), Ok(0));
        assert_eq!(Bytes::new(&[0x42]).signed(), Ok(-2));
        assert_eq!(Bytes::new(&[0x80, 1]).signed(), Ok(64));
    }

    #[test]
    fn text_length_is_counted_as_javascript_does() {
        for text in ["", "abc", "é", "€", "𝄞", "a𝄞é€", "👩‍👩‍👧"] {
            assert_eq!(utf16_len(text), text.encode_utf16().count(), "{text}");
        }
    }
}
