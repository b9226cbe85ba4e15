//! What a password and an e-mail address must be.

/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, in characters: a sentence fits, a book does not.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Longest address, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// Whether a password may be chosen for this address.
///
/// # Errors
/// `too_short`, `too_long`, `same_as_email`.
pub fn password(password: &str, email: &str) -> Result<(), &'static str> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err("too_short");
    }
    if chars > PASSWORD_CHARS_MAX {
        return Err("too_long");
    }
    if password.trim().eq_ignore_ascii_case(email) {
        return Err("same_as_email");
    }
    Ok(())
}

/// Whether this can be an e-mail address: something, one `@`, a host with a dot, no blank.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else {
        return false;
    };
    let labels_hold = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    text.len() <= EMAIL_BYTES_MAX
        && !name.is_empty()
        && !name.contains('@')
        && labels_hold
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_the_address() {
        let email = "flora@chantier.example";
        assert_eq!(password("elevenchars", email), Err("too_short"));
        assert_eq!(password("twelve chars", email), Ok(()));
        assert_eq!(
            password("Flora@Chantier.example", email),
            Err("same_as_email")
        );
        assert_eq!(password(&"a".repeat(129), email), Err("too_long"));
        assert_eq!(password(&"\u{e9}".repeat(128), email), Ok(()));
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        for good in ["a@b.fr", "flora.variante+x@horizon-creation.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.fr",
            "a@b",
            "a@b..fr",
            "a b@c.fr",
            "a@b@c.fr",
            "A <a@b.fr>",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
