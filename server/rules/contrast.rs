//! Whether a Region's colours can be read: WCAG 2 contrast (relative luminance).

/// Smallest ratio for text (WCAG 2.2, criterion 1.4.3).
pub const TEXT_RATIO_MIN: f64 = 4.5;

/// A colour as red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// White, the paper of light mode.
    pub const WHITE: Self = Self([255, 255, 255]);

    /// Reads `#1a2b3c`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// Relative luminance, 0 (black) to 1 (white).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// The contrast ratio of two colours, 1 to 21.
#[must_use]
pub fn ratio(one: Color, other: Color) -> f64 {
    let (a, b) = (one.luminance(), other.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Whether text of one colour can be read on the other.
#[must_use]
pub fn is_readable(one: Color, other: Color) -> bool {
    ratio(one, other) >= TEXT_RATIO_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_white(hex: &str) -> f64 {
        ratio(Color::from_hex(hex).expect("a colour"), Color::WHITE)
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((on_white("#000000") - 21.0).abs() < 1e-9);
        assert!((on_white("#ffffff") - 1.0).abs() < 1e-9);
        // The two greys every contrast checker is tried with.
        assert!((on_white("#777777") - 4.478).abs() < 0.001);
        assert!((on_white("#767676") - 4.542).abs() < 0.001);
        assert!(!is_readable(
            Color::from_hex("#777777").expect("grey"),
            Color::WHITE
        ));
        assert!(is_readable(
            Color::from_hex("#767676").expect("grey"),
            Color::WHITE
        ));
    }

    #[test]
    fn only_six_digits_make_a_colour() {
        for bad in ["", "#fff", "123456", "#12345g", "#1234567", "#+12345"] {
            assert_eq!(Color::from_hex(bad), None, "{bad}");
        }
    }
}
