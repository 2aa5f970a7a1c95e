//! Durations (`"30s"`), sizes (`"4GiB"`) and shares (`"25%"`).

use std::time::Duration;

use toml::de::DeValue;

use super::excerpt::quoted;
use super::kind::number;
use super::problem::Complaint;

/// No step of a deploy lasts longer; and a sum of two of them is far from overflowing.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The least lease: two of the host's polls and a round trip must fit in.
const LEAST_LEASE: Duration = Duration::from_secs(2);

/// `"30s"`, `"2m"`, `"1h"` or `"500ms"`; also `"0s"`.
pub(super) fn pause(text: &str) -> Result<Duration, Complaint> {
    let form = || {
        Complaint::new(format!("{} is not a duration", quoted(text))).hint("write \"500ms\", \"30s\", \"2m\" or \"1h\"")
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => return Err(form()),
    };
    if count.is_empty() {
        return Err(form());
    }
    let millis = count.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).unwrap_or(u64::MAX);
    let found = Duration::from_millis(millis);
    if found > LONGEST {
        return Err(Complaint::new(format!("{} is longer than a day", quoted(text))));
    }
    Ok(found)
}

/// A duration that can't be zero.
pub(super) fn duration(text: &str) -> Result<Duration, Complaint> {
    let found = pause(text)?;
    if found.is_zero() {
        return Err(Complaint::new(format!("{} must be longer than zero", quoted(text))));
    }
    Ok(found)
}

/// How long a host waits for a silent client. It need not exceed the health timeout: the host extends the lease by
/// itself while a step of its own runs.
pub(super) fn lease(text: &str) -> Result<Duration, Complaint> {
    let found = duration(text)?;
    if found < LEAST_LEASE {
        return Err(Complaint::new(format!("{} is too short, at least \"2s\"", quoted(text)))
            .why("each pause of the network that is longer would undo the deploy"));
    }
    Ok(found)
}

/// How long a connection may take: ssh counts whole seconds.
pub(super) fn connect_timeout(text: &str) -> Result<Duration, Complaint> {
    let found = duration(text)?;
    if found.subsec_nanos() != 0 {
        return Err(Complaint::new(format!("{} must be whole seconds", quoted(text))).why("ssh counts no smaller ones"));
    }
    Ok(found)
}

/// A number of bytes, or `"4GiB"`, `"500 MB"`.
pub(super) fn size(value: &DeValue) -> Result<u64, Complaint> {
    let form = || {
        Complaint::new("must be a number of bytes above zero, or a size").hint("write 500000000, \"500MB\" or \"4GiB\"")
    };
    let bytes = match value.as_str() {
        None => u64::try_from(number(value).map_err(|_| form())?).map_err(|_| form())?,
        Some(text) => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (count, unit) = text.split_at(digits);
            let unit = match unit.trim().to_ascii_lowercase().as_str() {
                "" | "b" => 1,
                "k" | "kb" => 1000,
                "m" | "mb" => 1000 * 1000,
                "g" | "gb" => 1000 * 1000 * 1000,
                "t" | "tb" => 1000_u64.pow(4),
                "kib" => 1 << 10,
                "mib" => 1 << 20,
                "gib" => 1 << 30,
                "tib" => 1 << 40,
                _ => return Err(form()),
            };
            count.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(form)?
        }
    };
    if bytes == 0 { Err(form()) } else { Ok(bytes) }
}

/// How many hosts switch at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Batch {
    /// So many.
    Count(usize),
    /// So many of a hundred.
    Percent(usize),
}

impl Batch {
    /// How many that is of `hosts`: rounded down, since a batch is what may be missing at once, but never none.
    pub fn of(self, hosts: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (hosts.saturating_mul(percent) / 100).max(1),
        }
    }
}

/// `1`, or `"25%"`.
pub(super) fn batch(value: &DeValue) -> Result<Batch, Complaint> {
    let form = || Complaint::new("must be a number of hosts above zero, or a share of them").hint("write 1 or \"25%\"");
    match value.as_str() {
        None => match number(value).ok().and_then(|count| usize::try_from(count).ok()) {
            Some(count) if count > 0 => Ok(Batch::Count(count)),
            _ => Err(form()),
        },
        Some(text) => match text.strip_suffix('%').and_then(|percent| percent.parse().ok()) {
            Some(percent @ 1..=100) => Ok(Batch::Percent(percent)),
            _ => Err(form()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> DeValue<'_> {
        DeValue::parse(text).unwrap().into_inner()
    }

    #[test]
    fn durations() {
        for (text, millis) in [("500ms", 500), ("30s", 30_000), ("2m", 120_000), ("1h", 3_600_000), ("24h", 86_400_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["0s", "1 fortnight", "", "s", "-1s", "1.5s", "1", "1S", "25h", "99999999999999999999h", "٣s", "1s "]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(pause("0s"), Ok(Duration::ZERO));
        assert!(duration("s").unwrap_err().what.contains("not a duration"));
        assert!(duration("25h").unwrap_err().what.contains("longer than a day"));
    }

    #[test]
    fn leases_outlast_a_hiccup() {
        assert_eq!(lease("3s"), Ok(Duration::from_secs(3)));
        assert!(lease("2s").is_ok());
        for text in ["0s", "1s", "1999ms", "1 fortnight"] {
            assert!(lease(text).is_err(), "{text}");
        }
        assert!(connect_timeout("10s").is_ok());
        assert!(connect_timeout("1500ms").is_err());
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("4096", 4096), ("\"4GiB\"", 4 << 30), ("\"500 MB\"", 500_000_000), ("\"12\"", 12)] {
            assert_eq!(size(&value(text)), Ok(bytes), "{text}");
        }
        for text in ["0", "-1", "\"\"", "\"4 GiBs\"", "\"GiB\"", "1.5", "true", "\"99999999999999999TiB\"", "[]"] {
            assert!(size(&value(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn batches() {
        assert_eq!(batch(&value("2")), Ok(Batch::Count(2)));
        assert_eq!(batch(&value("\"25%\"")), Ok(Batch::Percent(25)));
        for text in ["0", "-1", "\"0%\"", "\"101%\"", "\"25\"", "\"%\"", "0.5"] {
            assert!(batch(&value(text)).is_err(), "{text}");
        }
        assert_eq!([1, 3, 4, 10].map(|hosts| Batch::Percent(25).of(hosts)), [1, 1, 1, 2]);
    }
}
