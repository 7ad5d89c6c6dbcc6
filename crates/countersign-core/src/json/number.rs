//! Numbers that are written back as they were read.

use std::fmt;

/// A JSON number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// A whole number that does not: its digits, with a sign if negative.
    Big(Box<str>),
    /// A number written with a point or an exponent. Infinite where the text was beyond the range of a
    /// double and the reader allows that.
    Float(f64),
}

impl Number {
    /// The value as a double, rounded where it has to be.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "callers compare dates, all far below 2^53")]
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Integer(number) => *number as f64,
            Self::Big(digits) => digits.parse().unwrap_or(f64::NAN),
            Self::Float(number) => *number,
        }
    }
}

/// Python's `repr`: what `str(5)`, `str(1.5)` and `json.dumps(1e3)` print.
impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(out, "{number}"),
            Self::Big(digits) => out.write_str(digits),
            Self::Float(number) => write_float(*number, out),
        }
    }
}

/// The shortest digits that read back as the same double, with an exponent only below 1e-4 and from 1e16.
fn write_float(number: f64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if number.is_infinite() {
        return out.write_str(if number > 0.0 { "inf" } else { "-inf" });
    }
    let magnitude = number.abs();
    if number == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return write!(out, "{number:?}");
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    write!(out, "{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_python_prints_them() {
        for (number, text) in [
            (1000.0, "1000.0"),
            (1.5, "1.5"),
            (1e16, "1e+16"),
            (1.25e-5, "1.25e-05"),
            (0.0001, "0.0001"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (-0.0, "-0.0"),
            (1e300, "1e+300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(Number::Float(number).to_string(), text);
        }
    }
}
