//! Values of attributes (lib0 `Any`), walked with an explicit stack: `yrs` recurses here and
//! 14 kB of nesting end its process.

use super::Limits;
use super::bytes::Bytes;
use super::rule::Rule;

/// The deepest nesting of arrays and objects.
const DEPTH: usize = 16;

/// An array or an object whose parts are being read.
#[derive(Clone, Copy, Default)]
struct Open {
    left: usize,
    keyed: bool,
}

/// Reads one value and counts its parts in `values`.
///
/// # Errors
/// The rule that the bytes break.
pub(super) fn skip(bytes: &mut Bytes<'_>, values: &mut usize, limits: &Limits) -> Result<(), Rule> {
    let mut stack = [Open::default(); DEPTH];
    let mut depth = 0;
    loop {
        *values += 1;
        if *values > limits.values {
            return Err(Rule::ValueCount);
        }
        if let Some(open) = one(bytes)? {
            let top = stack.get_mut(depth).ok_or(Rule::ValueDepth)?;
            *top = open;
            depth += 1;
        }
        while depth > 0 && stack[depth - 1].left == 0 {
            depth -= 1;
        }
        let Some(top) = depth.checked_sub(1).map(|at| &mut stack[at]) else {
            return Ok(());
        };
        top.left -= 1;
        if top.keyed && bytes.text()? == "__proto__" {
            return Err(Rule::ValueKey);
        }
    }
}

/// Reads a scalar, or the head of an array or object.
fn one(bytes: &mut Bytes<'_>) -> Result<Option<Open>, Rule> {
    match bytes.byte()? {
        // undefined, null, false, true
        127 | 126 | 121 | 120 => {}
        125 => bytes.signed()?,
        124 => {
            bytes.take(4)?;
        }
        // double, 64-bit integer
        123 | 122 => {
            bytes.take(8)?;
        }
        119 => {
            bytes.text()?;
        }
        118 => {
            return Ok(Some(Open {
                left: bytes.count(2)?,
                keyed: true,
            }));
        }
        117 => {
            return Ok(Some(Open {
                left: bytes.count(1)?,
                keyed: false,
            }));
        }
        116 => {
            let length = bytes.count(1)?;
            bytes.take(length)?;
        }
        _ => return Err(Rule::ValueTag),
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<usize, Rule> {
        let mut cursor = Bytes::new(bytes);
        skip(&mut cursor, &mut 0, &Limits::default()).map(|()| cursor.remaining())
    }

    #[test]
    fn nested_values_are_read_to_their_end() {
        // [1, {"a": [], "b": null}, -0, "x"], then one byte more
        let bytes = [
            117, 4, 125, 1, 118, 2, 1, b'a', 117, 0, 1, b'b', 126, 125, 0x40, 119, 1, b'x', 9,
        ];
        assert_eq!(read(&bytes), Ok(1));
    }

    #[test]
    fn depth_sixteen_is_read_and_seventeen_refused() {
        let nested = |depth| [[117, 1].repeat(depth), vec![126]].concat();
        assert_eq!(read(&nested(16)), Ok(0));
        assert_eq!(read(&nested(17)), Err(Rule::ValueDepth));
        assert_eq!(read(&nested(7_000)), Err(Rule::ValueDepth));
    }

    #[test]
    fn counts_never_exceed_the_bytes() {
        assert_eq!(
            read(&[117, 0xff, 0xff, 0xff, 0x7f]),
            Err(Rule::CountBeyondBytes)
        );
        assert_eq!(read(&[118, 2, 1, b'a', 126]), Err(Rule::CountBeyondBytes));
        assert_eq!(read(&[116, 9, 0]), Err(Rule::CountBeyondBytes));
    }

    #[test]
    fn unknown_tags_and_dangerous_keys_are_refused() {
        assert_eq!(read(&[115]), Err(Rule::ValueTag));
        assert_eq!(read(&[0]), Err(Rule::ValueTag));
        assert_eq!(read(b"\x76\x01\x09__proto__\x7e"), Err(Rule::ValueKey));
    }

    #[test]
    fn a_flat_array_of_too_many_values_is_refused() {
        let mut bytes = vec![117, 0x90, 0x4e];
        bytes.extend([126; 10_000]);
        assert_eq!(read(&bytes), Err(Rule::ValueCount));
        let mut bytes = vec![117, 0x8f, 0x4e];
        bytes.extend([126; 9_999]);
        assert_eq!(read(&bytes), Ok(0));
    }
}
