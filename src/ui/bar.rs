//! The upload bar, which gives up its parts one by one where the room gets narrow.

use std::time::Instant;

use super::hosts::Upload;
use super::paint::{Line, Paint, width};
use super::time;

/// The bar's own columns: less says nothing, more says no more.
const BAR: std::ops::RangeInclusive<usize> = 8..=28;

/// Adds bar, bytes and rate to a line, in at most `room` columns.
pub(super) fn put(line: Line, upload: &Upload, now: Instant, room: usize) -> Line {
    let whole = time::bytes_of(upload.total, upload.total);
    let bytes = format!("{:>1$}", time::bytes_of(upload.sent, upload.total), width(&whole));
    let percent = format!("{:>3.0}%", (upload.fraction() * 100.0).floor());
    let rate = format!("{:>9}", upload.rate(now).map(time::rate).unwrap_or_default());
    let texts = [format!("{bytes}  {rate}"), bytes, percent];
    for (at, text) in texts.iter().enumerate() {
        let left = room.saturating_sub(width(text) + 2);
        if left >= *BAR.start() {
            return bar(line, upload.fraction(), left.min(*BAR.end())).put(Paint::Plain, format!("  {text}"));
        }
        // Without a bar, the first text that fits.
        if at + 1 == texts.len() {
            return match texts.iter().find(|text| width(text) <= room) {
                Some(text) => line.put(Paint::Plain, text),
                None => line,
            };
        }
    }
    line
}

/// In half columns; a line's end tells the two halves apart also without colour.
fn bar(line: Line, fraction: f64, columns: usize) -> Line {
    let halves = (fraction * (2 * columns) as f64) as usize;
    let (full, half) = (halves / 2, halves % 2);
    line.put(Paint::Cyan, "━".repeat(full))
        .put(Paint::Cyan, "╸".repeat(half))
        .put(Paint::Dim, "┄".repeat(columns - full - half))
}

#[cfg(test)]
mod tests {
    use super::super::hosts::Hosts;
    use super::super::testing::step;
    use super::*;
    use crate::model::Event;
    use std::time::Duration;

    #[test]
    fn gives_up_its_parts_as_the_room_gets_narrow() {
        let now = Instant::now();
        let mut hosts = Hosts::new(now);
        hosts.note(&step("a", "upload"), now);
        for (sent, second) in [(0, 0), (1_280_000, 1)] {
            let event = Event::Uploaded { host: "a".into(), sent, total: 2_560_000 };
            hosts.note(&event, now + Duration::from_secs(second));
        }
        let upload = hosts.all[0].running[0].upload.as_ref().unwrap();
        let shown = |room| {
            let line = put(Line::new(), upload, now + Duration::from_secs(1), room);
            assert!(line.width() <= room, "{room}");
            line.plain()
        };
        assert_eq!(shown(60), "━━━━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄  1.3/2.6 MB   1.3 MB/s");
        assert_eq!(shown(32), "━━━━┄┄┄┄  1.3/2.6 MB   1.3 MB/s".replace("━━━━┄┄┄┄", "━━━━╸┄┄┄┄"));
        assert_eq!(shown(22), "━━━━━┄┄┄┄┄  1.3/2.6 MB");
        assert_eq!(shown(14), "━━━━┄┄┄┄   50%");
        assert_eq!((shown(12), shown(5), shown(3)), ("1.3/2.6 MB".into(), " 50%".into(), String::new()));
        (0..80).for_each(|room| drop(shown(room)));
    }
}
