//! CRC-32 (IEEE 802.3), and which single byte explains a wrong one. A checksum proves nothing
//! against an enemy; it finds the place, and a SHA-256 or a signature then confirms it.

/// One step for each value of a byte.
const TABLE: [u32; 256] = table();

/// Which byte's step has this first byte: the first bytes of all steps differ.
const BY_FIRST: [u8; 256] = by_first();

const fn table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut state = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            state = if state & 1 == 1 {
                0xedb8_8320 ^ (state >> 1)
            } else {
                state >> 1
            };
            bit += 1;
        }
        table[byte] = state;
        byte += 1;
    }
    table
}

#[allow(clippy::cast_possible_truncation, reason = "below 256")]
const fn by_first() -> [u8; 256] {
    let mut index = [0_u8; 256];
    let mut byte = 0;
    while byte < 256 {
        index[(TABLE[byte] >> 24) as usize] = byte as u8;
        byte += 1;
    }
    index
}

/// The checksum of these bytes.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |state, byte| {
        (state >> 8) ^ TABLE[((state ^ u32::from(*byte)) & 0xff) as usize]
    })
}

/// The checksum as eight hexadecimal digits.
#[must_use]
pub fn crc32_hex(bytes: &[u8]) -> String {
    format!("{:08x}", crc32(bytes))
}

/// A byte that may be wrong: where it stands, and what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Its place, from 0.
    pub offset: usize,
    /// What it should be.
    pub should_be: u8,
}

/// Every single byte whose change would give `bytes` the checksum `stated`. The difference of two
/// checksums of one length depends on the changed bits and on how many bytes follow them only: it
/// is rewound over the bytes, from the last one on, and compared with what one byte can make.
#[must_use]
pub fn suspects(bytes: &[u8], stated: u32) -> Vec<Suspect> {
    let mut difference = crc32(bytes) ^ stated;
    let mut found = Vec::new();
    if difference == 0 {
        return found;
    }
    for (offset, byte) in bytes.iter().enumerate().rev() {
        let step = BY_FIRST[(difference >> 24) as usize];
        if TABLE[usize::from(step)] == difference && step != 0 {
            found.push(Suspect {
                offset,
                should_be: byte ^ step,
            });
        }
        difference = ((difference ^ TABLE[usize::from(step)]) << 8) | u32::from(step);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_example() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32_hex(b""), "00000000");
    }

    #[test]
    fn each_changed_byte_is_found() {
        let whole: Vec<u8> = (0..600_u32).map(|at| (at * 7 % 251) as u8).collect();
        let stated = crc32(&whole);
        assert_eq!(suspects(&whole, stated), []);
        for (offset, byte) in whole.iter().enumerate() {
            for change in [1, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[offset] ^= change;
                let right = Suspect {
                    offset,
                    should_be: *byte,
                };
                assert!(suspects(&changed, stated).contains(&right), "{offset}");
            }
        }
    }
}
