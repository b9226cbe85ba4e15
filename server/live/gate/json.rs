//! JSON text of format marks and embedded objects: checked, never built, with an explicit stack.
//! What two readers could understand differently (keys twice, half surrogates, numbers that no
//! double holds exactly) is refused.

use super::rule::{Rule, refuse};

/// The deepest nesting of arrays and objects.
const DEPTH: usize = 16;
/// The most values of one JSON text: a mark has a handful.
const VALUES: usize = 1_024;
/// The most keys of one object; also bounds the search for a key that comes twice.
const KEYS: usize = 64;
/// The largest number, with either sign: whole numbers are exact up to here. The CRDT library
/// reads those from 2^63 to 2^64 not at all, and with them the whole update.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Checks one JSON text.
///
/// # Errors
/// The rule that it breaks.
pub(super) fn check(text: &str) -> Result<(), Rule> {
    // What bold, italic and the end of every mark carry.
    if text == "null" || text == "{}" {
        return Ok(());
    }
    let reader = Reader {
        text: text.as_bytes(),
        at: 0,
        keys: Vec::new(),
    };
    reader.run().or_else(refuse)
}

/// Reads an object of texts and nulls and calls `member` with each key and decoded text. False when
/// the text is anything else, or `member` says so. Meant for text that [`check`] has read.
pub(super) fn members(text: &str, mut member: impl FnMut(&str, Option<&str>) -> bool) -> bool {
    let reader = Reader {
        text: text.as_bytes(),
        at: 0,
        keys: Vec::new(),
    };
    reader.members(&mut member) == Ok(true)
}

/// An array or an object that is being read.
#[derive(Clone, Copy, Default)]
struct Open {
    keyed: bool,
    /// Where the keys of this object begin in `Reader::keys`.
    keys_from: usize,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// The decoded keys of the objects that are open.
    keys: Vec<String>,
}

impl Reader<'_> {
    fn run(mut self) -> Result<(), Rule> {
        let mut stack = [Open::default(); DEPTH];
        let mut depth = 0;
        let mut values = 0;
        loop {
            values += 1;
            if values > VALUES {
                return Err(Rule::JsonCount);
            }
            if let Some(keyed) = self.value()? {
                *stack.get_mut(depth).ok_or(Rule::JsonDepth)? = Open {
                    keyed,
                    keys_from: self.keys.len(),
                };
                self.space();
                if self.peek() == Some(closing(keyed)) {
                    self.at += 1;
                } else {
                    depth += 1;
                    if keyed {
                        self.key(self.keys.len())?;
                    }
                    continue;
                }
            }
            if !self.after_value(&stack, &mut depth)? {
                return if self.at == self.text.len() {
                    Ok(())
                } else {
                    Err(Rule::JsonMalformed)
                };
            }
        }
    }

    fn members(mut self, member: &mut dyn FnMut(&str, Option<&str>) -> bool) -> Result<bool, Rule> {
        self.space();
        if self.next()? != b'{' {
            return Ok(false);
        }
        self.space();
        if self.peek() == Some(b'}') {
            return Ok(true);
        }
        loop {
            self.key(0)?;
            let key = self.keys.pop().unwrap_or_default();
            self.space();
            let mut text = String::new();
            let value = match self.peek() {
                Some(b'"') => {
                    self.string(Some(&mut text))?;
                    Some(text.as_str())
                }
                Some(b'n') => {
                    self.word(b"null")?;
                    None
                }
                Some(_) | None => return Ok(false),
            };
            if !member(&key, value) {
                return Ok(false);
            }
            self.space();
            match self.next()? {
                b',' => {}
                byte => return Ok(byte == b'}'),
            }
        }
    }

    /// Reads on to the next value; false when the whole text is read.
    fn after_value(&mut self, stack: &[Open; DEPTH], depth: &mut usize) -> Result<bool, Rule> {
        loop {
            self.space();
            let Some(open) = depth.checked_sub(1).map(|at| stack[at]) else {
                return Ok(false);
            };
            match self.next()? {
                b',' => {
                    if open.keyed {
                        self.key(open.keys_from)?;
                    }
                    return Ok(true);
                }
                byte if byte == closing(open.keyed) => {
                    self.keys.truncate(open.keys_from);
                    *depth -= 1;
                }
                _ => return Err(Rule::JsonMalformed),
            }
        }
    }

    /// Reads a scalar, or opens an array (false) or an object (true).
    fn value(&mut self) -> Result<Option<bool>, Rule> {
        self.space();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                return Ok(Some(true));
            }
            Some(b'[') => {
                self.at += 1;
                return Ok(Some(false));
            }
            Some(b'"') => self.string(None)?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            Some(_) | None => self.number()?,
        }
        Ok(None)
    }

    fn key(&mut self, keys_from: usize) -> Result<(), Rule> {
        self.space();
        let mut key = String::new();
        self.string(Some(&mut key))?;
        self.space();
        if self.next()? != b':' {
            return Err(Rule::JsonMalformed);
        }
        let others = &self.keys[keys_from..];
        if others.contains(&key) {
            return Err(Rule::JsonKeyTwice);
        }
        if others.len() == KEYS {
            return Err(Rule::JsonCount);
        }
        if key == "__proto__" {
            return Err(Rule::ValueKey);
        }
        self.keys.push(key);
        Ok(())
    }

    /// Reads a string; its decoded text goes to `out` when there is one.
    fn string(&mut self, mut out: Option<&mut String>) -> Result<(), Rule> {
        if self.next()? != b'"' {
            return Err(Rule::JsonMalformed);
        }
        loop {
            let from = self.at;
            while self
                .peek()
                .is_some_and(|b| b >= 0x20 && b != b'"' && b != b'\\')
            {
                self.at += 1;
            }
            if let Some(out) = out.as_deref_mut() {
                // The stops above are ASCII, so this cuts valid UTF-8 between characters.
                out.push_str(std::str::from_utf8(&self.text[from..self.at]).unwrap_or_default());
            }
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => {
                    let character = self.escape()?;
                    if let Some(out) = out.as_deref_mut() {
                        out.push(character);
                    }
                }
                _ => return Err(Rule::JsonMalformed),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Rule> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(Rule::JsonMalformed),
        })
    }

    fn unicode(&mut self) -> Result<char, Rule> {
        let first = self.hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.peek() != Some(b'\\') || self.text.get(self.at + 1) != Some(&b'u') {
                    return Err(Rule::JsonSurrogate);
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(Rule::JsonSurrogate);
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or(Rule::JsonSurrogate)
    }

    fn hex(&mut self) -> Result<u32, Rule> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?)
                .to_digit(16)
                .ok_or(Rule::JsonMalformed)?;
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<(), Rule> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = std::str::from_utf8(&self.text[from..self.at]).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(number) if number.abs() <= MOST => Ok(()),
            Ok(_) | Err(_) => Err(Rule::JsonNumber),
        }
    }

    fn digits(&mut self) -> Result<(), Rule> {
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from {
            Err(Rule::JsonMalformed)
        } else {
            Ok(())
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Rule> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Rule::JsonMalformed);
        }
        self.at += word.len();
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Rule> {
        let byte = self.peek().ok_or(Rule::JsonMalformed)?;
        self.at += 1;
        Ok(byte)
    }
}

fn closing(keyed: bool) -> u8 {
    if keyed { b'}' } else { b']' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_write_is_read() {
        for text in [
            "null",
            "true",
            "{}",
            "[]",
            "0",
            "-1.5e3",
            r#""x""#,
            r#"{"a":{},"b":[[],{"a":1}]}"#,
            r#"{"href":"https://exemple.fr/é?a=1","target":"_blank","rel":null}"#,
            r#""\ud834\udd1e \" \\ \/ \b\f\n\r\t é""#,
            " { \"a\" : [ 1 , 2 ] } ",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn members_are_read_with_their_escapes_decoded() {
        let all = |text: &str| {
            let mut found = Vec::new();
            let read = members(text, |key, value| {
                found.push((key.to_owned(), value.map(str::to_owned)));
                true
            });
            read.then_some(found)
        };
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        assert_eq!(all(" { } "), Some(vec![]));
        assert_eq!(
            all(r#"{"\u0068ref" : "\u006aavascript:\t", "b":null}"#),
            Some(vec![pair("href", Some("javascript:\t")), pair("b", None)])
        );
        for text in [
            "[]",
            "1",
            "\"x\"",
            r#"{"a":1}"#,
            r#"{"a":{}}"#,
            r#"{"a":true}"#,
        ] {
            assert_eq!(all(text), None, "{text}");
        }
        assert!(!members(r#"{"a":"b"}"#, |_, _| false));
    }

    #[test]
    fn json_malformed() {
        for text in [
            "",
            "undefined",
            "{",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            "+1",
            "1e",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\t\"",
            "nul",
            "nulll",
            "{} {}",
            "[}",
            "{\"a\":1,}",
            "NaN",
            "-",
        ] {
            assert_eq!(check(text), Err(Rule::JsonMalformed), "{text}");
        }
    }

    #[test]
    fn json_key_twice() {
        assert_eq!(check(r#"{"a":1,"a":2}"#), Err(Rule::JsonKeyTwice));
        assert_eq!(
            check(r#"{"a":{"b":1},"\u0061":2}"#),
            Err(Rule::JsonKeyTwice)
        );
        assert_eq!(check(r#"{"a":{"b":1},"b":2}"#), Ok(()));
    }

    #[test]
    fn json_surrogate() {
        assert_eq!(check(r#""\ud834""#), Err(Rule::JsonSurrogate));
        assert_eq!(check(r#""\udd1e""#), Err(Rule::JsonSurrogate));
        assert_eq!(check(r#""\ud834\u0041""#), Err(Rule::JsonSurrogate));
    }

    #[test]
    fn json_number() {
        assert_eq!(check("1e999"), Err(Rule::JsonNumber));
        assert_eq!(check("-1e999"), Err(Rule::JsonNumber));
        for text in [
            "9223372036854775808",
            "-9007199254740994",
            "1e16",
            "[1e308]",
        ] {
            assert_eq!(check(text), Err(Rule::JsonNumber), "{text}");
        }
        for text in ["9007199254740992", "-0", "-0.5e-400", "0e999", "1.5e3"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn value_key() {
        assert_eq!(check(r#"{"__proto__":1}"#), Err(Rule::ValueKey));
    }

    #[test]
    fn json_depth() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(16)), Ok(()));
        assert_eq!(check(&nested(17)), Err(Rule::JsonDepth));
        assert_eq!(check(&"[".repeat(100_000)), Err(Rule::JsonDepth));
    }

    #[test]
    fn json_count() {
        assert_eq!(check(&format!("[{}0]", "0,".repeat(1_022))), Ok(()));
        assert_eq!(
            check(&format!("[{}0]", "0,".repeat(1_023))),
            Err(Rule::JsonCount)
        );
        let keys = |count| {
            (0..count)
                .map(|n| format!("\"k{n}\":0"))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert_eq!(check(&format!("{{{}}}", keys(64))), Ok(()));
        assert_eq!(check(&format!("{{{}}}", keys(65))), Err(Rule::JsonCount));
    }
}
