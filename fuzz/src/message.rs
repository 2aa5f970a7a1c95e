//! Messages of commits, and the sections for whoever deploys in them.

use release::git::{LINE_BYTES_MAX, LINES_MAX, sections};

/// What is found is bounded, was in the message, and does not depend on how lines end; a reply that quotes it begins nothing.
pub fn message(data: &[u8]) {
    let all = sections(data);
    let text = String::from_utf8_lossy(data);
    for section in &all {
        assert!(!section.lines.is_empty() && section.lines.len() <= LINES_MAX);
        assert!(!section.lines[0].is_empty() && section.lines.last().is_some_and(|line| !line.is_empty()));
        for line in &section.lines {
            // A byte that is no UTF-8 becomes three.
            assert!(line.len() <= 3 * LINE_BYTES_MAX && !line.contains('\n'));
            assert!(section.cut || text.contains(line.as_str()), "{line:?}");
        }
    }
    let lines = || data.split(|byte| *byte == b'\n');
    assert_eq!(sections(&lines().collect::<Vec<_>>().join(&b"\r\n"[..])), all);
    let quoted: Vec<u8> = lines().flat_map(|line| [b"> ", line, b"\n"].concat()).collect();
    assert!(sections(&quoted).is_empty());
    let again = [data, b"\n\nDeployment:\n- once more\n"].concat();
    assert!(sections(&again).len() >= all.len());
}
