//! The numbers of tar headers: octal text, or base-256 for what does not fit.

use super::refusal::Refusal;

/// The value of a numeric field. Extractors read odd fields in odd ways (blanks as 0, the digits before a letter, the
/// low bytes of a number that is too large), so anything odd is refused.
pub(super) fn parse(field: &[u8], what: &str) -> Result<u64, Refusal> {
    let value = match field {
        [0x80, rest @ ..] => binary(rest),
        _ => octal(field),
    };
    value.ok_or_else(|| {
        // Base-256 is always a number, and perhaps one below zero.
        let said = match field {
            [0x80 | 0xff, ..] => format!("has a header whose {what} is out of range"),
            _ => format!("has a damaged header: its {what} is no number"),
        };
        Refusal::new(said).why(format!("\"{}\"", field.escape_ascii()))
    })
}

/// The same of a field that tools may leave blank: nothing but NULs.
pub(super) fn blank_or(field: &[u8], what: &str) -> Result<Option<u64>, Refusal> {
    if field.iter().all(|b| *b == 0) { Ok(None) } else { parse(field, what).map(Some) }
}

/// Whether it is a number below zero, not far below: a time before 1970, as GNU tar writes it.
pub(super) fn is_negative(field: &[u8]) -> bool {
    matches!(field, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, rest @ ..] if rest.len() == 5 && rest[0] >= 0xc0)
}

/// `0000644\0`, `   644 \0`: spaces, digits, then spaces and NULs only.
fn octal(field: &[u8]) -> Option<u64> {
    let text = field.trim_ascii_start();
    let digits = text.iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
    let (digits, rest) = text.split_at(digits);
    if digits.is_empty() || !rest.iter().all(|b| matches!(b, 0 | b' ')) {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')))
}

/// Big-endian; a set bit above the 64th would be lost.
fn binary(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_notations() {
        for (field, value) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"00000000017", 0o17),
            (b"77777777777\0", 0o77777777777),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", 0x2_0000_0000),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", u64::MAX),
        ] {
            assert_eq!(parse(field, "size"), Ok(value), "{field:?}");
        }
    }

    #[test]
    fn refuses_what_extractors_read_differently() {
        for field in [
            &b"\0\0\0\0\0\0\0\0"[..],
            b"        ",
            b"12x\0\0\0\0\0",
            b"1\x002\0\0\0\0\0",
            b"0000009\0",
            b"-1\0\0\0\0\0\0",
            b"\xff\xff\xff\xff\xff\xff\xff\xfe",
            b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
            b"",
        ] {
            assert!(parse(field, "size").is_err(), "{field:?}");
        }
    }
}
