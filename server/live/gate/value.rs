//! Values of attributes (lib0 `Any`), walked with an explicit stack: `yrs` recurses here and
//! 14 kB of nesting end its process.

use super::bytes::Bytes;
use super::rule::{Rule, refuse};

/// The deepest nesting of arrays and objects.
const DEPTH: usize = 16;

/// One value, as far as an attribute may hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// Null or undefined.
    Null,
    /// A whole number, in whichever form; those beyond 64 bits are the nearest that fits.
    Integer(i64),
    /// A text.
    Text(&'a str),
    /// An array of so many whole numbers or nulls, none of them outside this span.
    Integers { count: usize, least: i64, most: i64 },
    /// A boolean, a fraction, no number, a 64-bit integer, an object, bytes, any other array.
    Other,
}

/// An array or an object whose parts are being read.
#[derive(Clone, Copy, Default)]
struct Open {
    left: usize,
    keyed: bool,
}

/// Reads one value and counts its parts in `parts`, of which there may be so many.
///
/// # Errors
/// The rule that the bytes break.
pub(super) fn read<'a>(
    bytes: &mut Bytes<'a>,
    parts: &mut usize,
    most: usize,
) -> Result<Value<'a>, Rule> {
    let mut stack = [Open::default(); DEPTH];
    let mut depth = 0;
    let mut whole = None;
    loop {
        *parts += 1;
        if *parts > most {
            refuse(Rule::ValueCount)?;
        }
        let (value, open) = one(bytes)?;
        whole = Some(whole.map_or(value, |whole| with(whole, value, depth)));
        if let Some(open) = open {
            match stack.get_mut(depth) {
                Some(top) => {
                    *top = open;
                    depth += 1;
                }
                None => refuse(Rule::ValueDepth)?,
            }
        }
        while depth > 0 && stack[depth - 1].left == 0 {
            depth -= 1;
        }
        let Some(top) = depth.checked_sub(1).map(|at| &mut stack[at]) else {
            return Ok(whole.unwrap_or(Value::Other));
        };
        top.left -= 1;
        if top.keyed && bytes.text()? == "__proto__" {
            refuse(Rule::ValueKey)?;
        }
    }
}

/// What an array is with one part more, which stands at this depth.
fn with<'a>(whole: Value<'a>, part: Value<'a>, depth: usize) -> Value<'a> {
    match (whole, part) {
        (Value::Integers { count, least, most }, Value::Integer(part)) if depth == 1 => {
            Value::Integers {
                count: count + 1,
                least: least.min(part),
                most: most.max(part),
            }
        }
        (Value::Integers { count, least, most }, Value::Null) if depth == 1 => Value::Integers {
            count: count + 1,
            least,
            most,
        },
        _ => Value::Other,
    }
}

/// Reads a scalar, or the head of an array or object.
fn one<'a>(bytes: &mut Bytes<'a>) -> Result<(Value<'a>, Option<Open>), Rule> {
    let value = match bytes.byte()? {
        // undefined, null
        127 | 126 => Value::Null,
        125 => Value::Integer(bytes.signed()?),
        124 => match bytes.take(4)?.first_chunk() {
            Some(four) => float(f32::from_be_bytes(*four).into()),
            None => Value::Other,
        },
        123 => match bytes.take(8)?.first_chunk() {
            Some(eight) => float(f64::from_be_bytes(*eight)),
            None => Value::Other,
        },
        // A 64-bit integer: JavaScript throws when it meets a number.
        122 => {
            bytes.take(8)?;
            Value::Other
        }
        // false, true
        121 | 120 => Value::Other,
        119 => Value::Text(bytes.text()?),
        118 => {
            let left = bytes.count(2)?;
            return Ok((Value::Other, Some(Open { left, keyed: true })));
        }
        117 => {
            let left = bytes.count(1)?;
            let none = Value::Integers {
                count: 0,
                least: 0,
                most: 0,
            };
            return Ok((none, Some(Open { left, keyed: false })));
        }
        116 => {
            let length = bytes.count(1)?;
            bytes.take(length)?;
            Value::Other
        }
        _ => {
            refuse(Rule::ValueTag)?;
            Value::Other
        }
    };
    Ok((value, None))
}

/// JavaScript has one kind of number: its whole ones beyond 31 bits are written as floats.
fn float<'a>(number: f64) -> Value<'a> {
    if number.is_finite() && number.fract() == 0.0 {
        Value::Integer(number as i64)
    } else {
        Value::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What remains after one value.
    fn rest(bytes: &[u8]) -> Result<usize, Rule> {
        let mut cursor = Bytes::new(bytes);
        read(&mut cursor, &mut 0, 10_000).map(|_| cursor.remaining())
    }

    #[test]
    fn values_are_told_apart() {
        let value = |bytes: &'static [u8]| read(&mut Bytes::new(bytes), &mut 0, 99);
        assert_eq!(value(&[126]), Ok(Value::Null));
        assert_eq!(value(&[125, 0x42]), Ok(Value::Integer(-2)));
        assert_eq!(value(b"\x77\x01x"), Ok(Value::Text("x")));
        assert_eq!(value(&[124, 0, 0, 0, 0]), Ok(Value::Integer(0)));
        assert_eq!(value(&[124, 0x40, 0x40, 0, 0]), Ok(Value::Integer(3)));
        // 33 612 345 678, as a list may begin; a half, no number, infinity, a 64-bit integer.
        let large = [123, 0x42, 0x1f, 0x4d, 0xce, 0xc5, 0x38, 0, 0];
        assert_eq!(
            read(&mut Bytes::new(&large), &mut 0, 99),
            Ok(Value::Integer(33_612_345_678))
        );
        assert_eq!(value(&[124, 0x3f, 0, 0, 0]), Ok(Value::Other));
        assert_eq!(value(&[124, 0x7f, 0xc0, 0, 0]), Ok(Value::Other));
        assert_eq!(
            value(&[123, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
            Ok(Value::Other)
        );
        assert_eq!(value(&[122, 0, 0, 0, 0, 0, 0, 0, 2]), Ok(Value::Other));
        let (count, least, most) = (3, -3, 5);
        let widths = Value::Integers { count, least, most };
        assert_eq!(value(&[117, 3, 125, 5, 126, 125, 0x43]), Ok(widths));
        assert_eq!(value(&[117, 1, 117, 1, 125, 1]), Ok(Value::Other));
        assert_eq!(value(&[117, 1, 120]), Ok(Value::Other));
        assert_eq!(value(&[118, 0]), Ok(Value::Other));
    }

    #[test]
    fn nested_values_are_read_to_their_end() {
        // [1, {"a": [], "b": null}, -0, "x"], then one byte more
        let bytes = [
            117, 4, 125, 1, 118, 2, 1, b'a', 117, 0, 1, b'b', 126, 125, 0x40, 119, 1, b'x', 9,
        ];
        assert_eq!(rest(&bytes), Ok(1));
    }

    #[test]
    fn value_depth() {
        let nested = |depth| [[117, 1].repeat(depth), vec![126]].concat();
        assert_eq!(rest(&nested(16)), Ok(0));
        assert_eq!(rest(&nested(17)), Err(Rule::ValueDepth));
        assert_eq!(rest(&nested(7_000)), Err(Rule::ValueDepth));
    }

    #[test]
    fn count_beyond_bytes() {
        assert_eq!(
            rest(&[117, 0xff, 0xff, 0xff, 0x7f]),
            Err(Rule::CountBeyondBytes)
        );
        assert_eq!(rest(&[118, 2, 1, b'a', 126]), Err(Rule::CountBeyondBytes));
        assert_eq!(rest(&[116, 9, 0]), Err(Rule::CountBeyondBytes));
    }

    #[test]
    fn value_tag() {
        assert_eq!(rest(&[115]), Err(Rule::ValueTag));
        assert_eq!(rest(&[0]), Err(Rule::ValueTag));
    }

    #[test]
    fn value_key() {
        assert_eq!(rest(b"\x76\x01\x09__proto__\x7e"), Err(Rule::ValueKey));
    }

    #[test]
    fn value_count() {
        let mut bytes = vec![117, 0x90, 0x4e];
        bytes.extend([126; 10_000]);
        assert_eq!(rest(&bytes), Err(Rule::ValueCount));
        let mut bytes = vec![117, 0x8f, 0x4e];
        bytes.extend([126; 9_999]);
        assert_eq!(rest(&bytes), Ok(0));
    }
}
