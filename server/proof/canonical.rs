//! JSON in the one form that is hashed and signed: keys sorted, no white space, texts in Unicode
//! NFC, whole numbers without a point.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

/// Numbers from here on are not whole in every reader of JSON.
const WHOLE_BELOW: f64 = 9_007_199_254_740_992.0;

/// The value as canonical JSON.
#[must_use]
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &nfc, &mut out);
    out
}

/// The same with its texts left as they are: for texts whose hash is kept elsewhere.
#[must_use]
pub fn exact(value: &Value) -> String {
    let mut out = String::new();
    write(value, &str::to_owned, &mut out);
    out
}

/// The text in Unicode NFC.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

fn write(value: &Value, form: &dyn Fn(&str) -> String, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => out.push_str(&value.to_string()),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < WHOLE_BELOW => {
                #[allow(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
                out.push_str(&(float as i64).to_string());
            }
            Some(_) | None => out.push_str(&number.to_string()),
        },
        Value::String(text) => string(&form(text), out),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(value, form, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            // Sorted here and not by the map: its order is a choice of the build.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|one, other| one.0.cmp(other.0));
            out.push('{');
            for (at, (key, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(&form(key), out);
                out.push(':');
                write(value, form, out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push_str(&Value::String(text.to_owned()).to_string());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::exact;

    #[test]
    fn one_value_has_one_form() {
        let value = json!({"b": [1, 2.0, 2.5, null, true], "a": {"é\n\"": "e\u{301}"}});
        assert_eq!(
            super::json(&value),
            "{\"a\":{\"é\\n\\\"\":\"é\"},\"b\":[1,2,2.5,null,true]}"
        );
        assert_eq!(exact(&json!("e\u{301}")), "\"e\u{301}\"");
    }
}
