//! Which version comes after which.

use std::cmp::Ordering;

use super::Version;

/// Which number of a version goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The last one: `0.940` becomes `0.941`.
    Last,
    /// The second one: `1.2.3` becomes `1.3.0`.
    Minor,
    /// The first one: `1.2.3` becomes `2.0.0`.
    Major,
}

/// Why there is no saying which version comes next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNext {
    /// `1.0-rc` ends in no number, or `7` has no second one.
    #[error("{0} has no such number")]
    NoNumber(Version),
    /// `0.999` may be followed by `1.000` (a decimal fraction) or by `0.1000` (the thousandth).
    #[error("after {0} may come {1} or {2}")]
    Unclear(Version, String, String),
}

/// Compares two versions number by number, as people read them: `0.9` is before `0.10`, `1.0-rc.1` before `1.0`.
pub fn compare(a: &Version, b: &Version) -> Ordering {
    let (mut left, mut right) = (pieces(a.as_str()), pieces(b.as_str()));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(more)) => end_against(more),
            (Some(more), None) => end_against(more).reverse(),
            (Some(Piece::Number(a)), Some(Piece::Number(b))) => number(a).cmp(&number(b)),
            (Some(Piece::Word(a)), Some(Piece::Word(b))) => a.cmp(b),
            (Some(Piece::Number(_)), Some(Piece::Word(_))) => Ordering::Greater,
            (Some(Piece::Word(_)), Some(Piece::Number(_))) => Ordering::Less,
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// The version that ended, against one that goes on: `1.0` is before `1.0.1`, and after `1.0-rc`.
fn end_against(more: Piece<'_>) -> Ordering {
    match more {
        Piece::Number(_) => Ordering::Less,
        Piece::Word(_) => Ordering::Greater,
    }
}

enum Piece<'a> {
    Number(&'a str),
    Word(&'a str),
}

/// Runs of digits and runs of letters; what stands between them only parts them.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let first = rest.chars().next()?;
        let is_digit = first.is_ascii_digit();
        let same = |c: char| c.is_ascii_alphanumeric() && c.is_ascii_digit() == is_digit;
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(if is_digit { Piece::Number(piece) } else { Piece::Word(piece) })
    })
}

/// A number of any length, to be compared: without leading zeros the longer one is the larger.
fn number(digits: &str) -> (usize, &str) {
    let plain = digits.trim_start_matches('0');
    (plain.len(), plain)
}

/// The version after this one. Each number keeps its width: `0.940` is followed by `0.941`, `0.009` by `0.010`, and
/// by `1.000` when the major one goes up.
///
/// # Errors
/// There is no saying.
pub fn next(version: &Version, part: Part) -> Result<Version, NoNext> {
    let text = version.as_str();
    let none = || NoNext::NoNumber(version.clone());
    let numbers = text.split(['-', '+', '~', '_']).next().unwrap_or(text);
    let mut all: Vec<&str> = numbers.split('.').collect();
    let plain = all.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let (head, last) = match (part, plain) {
        (Part::Last, _) => {
            let at = text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
            text.split_at(at)
        }
        (_, false) => return Err(none()),
        (Part::Major, true) => ("", all.remove(0)),
        (Part::Minor, true) if all.len() > 1 => (&text[..=all[0].len()], all.drain(..2).nth(1).unwrap_or_default()),
        (Part::Minor, true) => return Err(none()),
    };
    if last.is_empty() {
        return Err(none());
    }
    let fraction = numbers == text && text.split('.').count() == 2 && !head.is_empty();
    if fraction && last.len() > 1 && last.bytes().all(|b| b == b'9') {
        let whole = next(version, Part::Major)?;
        return Err(NoNext::Unclear(version.clone(), whole.to_string(), format!("{head}{}", up(last))));
    }
    let mut next = format!("{head}{}", up(last));
    if part != Part::Last {
        all.iter().for_each(|below| next.push_str(&format!(".{}", "0".repeat(below.len()))));
    }
    next.parse().map_err(|_| none())
}

/// The digits counted up by one, at least as many as they were.
fn up(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    match kept.char_indices().last() {
        None => format!("1{zeros}"),
        Some((at, digit)) => {
            let more = digit.to_digit(10).map_or(digit, |value| char::from_digit(value + 1, 10).unwrap_or(digit));
            format!("{}{more}{zeros}", &kept[..at])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_compared_as_people_read_them() {
        let sorted = ["0.009", "0.9.1", "0.10", "0.939", "0.940", "1.0-rc", "1.0-rc.1", "1.0-rc.10", "1.0", "1.0.1"];
        for (a, b) in sorted.iter().zip(&sorted[1..]) {
            assert_eq!(compare(&version(a), &version(b)), Ordering::Less, "{a} {b}");
            assert_eq!(compare(&version(b), &version(a)), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(compare(&version("0.0940"), &version("0.940")), Ordering::Equal);
        let (small, large) = ("1".repeat(40), "2".repeat(40));
        assert_eq!(compare(&version(&small), &version(&large)), Ordering::Less);
    }

    #[test]
    fn the_next_one_keeps_its_width() {
        for (from, part, to) in [
            ("0.940", Part::Last, "0.941"),
            ("0.949", Part::Last, "0.950"),
            ("0.009", Part::Last, "0.010"),
            ("0.940", Part::Minor, "0.941"),
            ("0.940", Part::Major, "1.000"),
            ("1.2.3", Part::Last, "1.2.4"),
            ("1.2.9", Part::Last, "1.2.10"),
            ("1.2.99", Part::Last, "1.2.100"),
            ("1.9", Part::Last, "1.10"),
            ("1.2.3", Part::Minor, "1.3.0"),
            ("1.9.3", Part::Minor, "1.10.0"),
            ("1.2.3", Part::Major, "2.0.0"),
            ("9", Part::Last, "10"),
            ("9", Part::Major, "10"),
            ("1.0-rc.1", Part::Last, "1.0-rc.2"),
            ("1.2.0-rc.1", Part::Minor, "1.3.0"),
            ("20260218", Part::Last, "20260219"),
        ] {
            assert_eq!(next(&version(from), part), Ok(version(to)), "{from}");
        }
    }

    #[test]
    fn what_is_not_clear_is_not_guessed() {
        let unclear = next(&version("0.999"), Part::Last).unwrap_err();
        assert_eq!(unclear.to_string(), "after 0.999 may come 1.000 or 0.1000");
        for (from, part) in [("1.0-rc", Part::Last), ("7", Part::Minor), ("1.x.3", Part::Major)] {
            assert_eq!(next(&version(from), part), Err(NoNext::NoNumber(version(from))), "{from}");
        }
    }
}
