//! Amounts for people: durations, bytes, rates, ages.

use std::time::Duration;

/// How long something took: `0.4s`, `12s`, `3m 05s`, `2h 07m`.
pub fn duration(took: Duration) -> String {
    // Tenths first, so that 9.96 s is `10s`, not `10.0s`.
    let tenths = (took.as_millis() + 50) / 100;
    let seconds = (took.as_millis() + 500) / 1000;
    match seconds {
        _ if tenths < 100 => format!("{}.{}s", tenths / 10, tenths % 10),
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A size, in powers of 1000: `512 B`, `2.6 MB`, `146 MB`.
pub fn bytes(size: u64) -> String {
    let (number, unit) = scaled(size, size);
    format!("{number} {unit}")
}

/// A part of a size, both in the unit of the whole: `0.4/2.6 MB`.
pub fn bytes_of(part: u64, whole: u64) -> String {
    let (part, _) = scaled(part, whole);
    let (whole, unit) = scaled(whole, whole);
    format!("{part}/{whole} {unit}")
}

/// Bytes a second: `1.2 MB/s`.
pub fn rate(bytes_per_second: f64) -> String {
    format!("{}/s", bytes(bytes_per_second as u64))
}

/// How long ago something was: `just now`, `5 minutes ago`, `3 days ago`.
pub fn age(since: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = since.as_secs();
    let (count, unit) = match seconds {
        0..10 => return "just now".into(),
        10..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ if seconds < 14 * DAY => (seconds / DAY, "day"),
        _ if seconds < 60 * DAY => (seconds / (7 * DAY), "week"),
        _ if seconds < 730 * DAY => (seconds / (30 * DAY), "month"),
        _ => (seconds / (365 * DAY), "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// A size as a number and a unit that suits another size: one decimal below 100, none above.
fn scaled(size: u64, like: u64) -> (String, &'static str) {
    const UNITS: [(u64, &str); 5] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B")];
    // From 999.5 of a unit on it is one of the next, so that there is never a `1000 kB`.
    let fits = |unit: &&(u64, &str)| u128::from(like) * 2000 >= u128::from(unit.0) * 1999 || unit.0 == 1;
    let (unit, name) = UNITS.iter().find(fits).copied().unwrap_or((1, "B"));
    let number = size as f64 / unit as f64;
    let whole = like as f64 / unit as f64;
    (if unit == 1 || whole >= 99.95 { format!("{number:.0}") } else { format!("{number:.1}") }, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let shown = |ms| duration(Duration::from_millis(ms));
        assert_eq!([0, 40, 449, 9_940, 9_960].map(shown), ["0.0s", "0.0s", "0.4s", "9.9s", "10s"]);
        assert_eq!([12_300, 59_499, 59_500, 185_000].map(shown), ["12s", "59s", "1m 00s", "3m 05s"]);
        assert_eq!([3_599_499, 3_599_500, 7_620_000].map(shown), ["59m 59s", "1h 00m", "2h 07m"]);
    }

    #[test]
    fn sizes() {
        assert_eq!([0, 999, 1_000, 2_560_000].map(bytes), ["0 B", "999 B", "1.0 kB", "2.6 MB"]);
        assert_eq!([99_949_999, 146_000_000, 999_600, 999_400].map(bytes), ["99.9 MB", "146 MB", "1.0 MB", "999 kB"]);
        assert_eq!(bytes(u64::MAX), "18446744 TB");
        assert_eq!((bytes_of(400_000, 2_560_000), bytes_of(0, 0)), ("0.4/2.6 MB".into(), "0/0 B".into()));
        assert_eq!(rate(1_234_567.8), "1.2 MB/s");
    }

    #[test]
    fn ages() {
        let shown = |s| age(Duration::from_secs(s));
        assert_eq!([3, 59, 60, 7_200].map(shown), ["just now", "59 seconds ago", "1 minute ago", "2 hours ago"]);
        let days = |d: u64| shown(d * 86_400);
        assert_eq!(
            [1, 3, 15, 90, 800].map(days),
            ["1 day ago", "3 days ago", "2 weeks ago", "3 months ago", "2 years ago"]
        );
    }
}
