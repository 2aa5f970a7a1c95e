//! `did you mean ...?`: the nearest known word to a mistyped one.

/// The known word nearest to `wrong`, if one is near enough that a slip of the fingers explains it.
///
/// Near enough is one edit for each three letters, and at least one: `prd` is `prod`, but `x` is not `y`.
pub fn suggest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.chars().take(LONGEST + 1).collect();
    if wrong.len() > LONGEST {
        return None;
    }
    known
        .map(|word| (distance(&wrong, &word.chars().collect::<Vec<_>>()), word))
        .filter(|(edits, word)| *edits <= (wrong.len().max(word.chars().count()) / 3).max(1) && *edits < wrong.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, word)| word)
}

/// Longer words are no slips; this bounds the work that a hostile file can cause.
const LONGEST: usize = 64;

/// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`, upper case for lower being free.
fn distance(a: &[char], b: &[char]) -> usize {
    let same = |x: char, y: char| x.eq_ignore_ascii_case(&y);
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(!same(a[i - 1], b[j - 1]));
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBS: [&str; 4] = ["status", "rollback", "prod", "view"];

    #[test]
    fn finds_slips_of_the_fingers() {
        for (wrong, right) in [("sttus", "status"), ("rolback", "rollback"), ("prd", "prod"), ("veiw", "view")] {
            assert_eq!(suggest(wrong, VERBS.into_iter()), Some(right), "{wrong}");
        }
        assert_eq!(suggest("PROD", VERBS.into_iter()), Some("prod"));
    }

    #[test]
    fn is_silent_about_other_words() {
        for wrong in ["", "x", "deploy", "é", &"v".repeat(10_000)] {
            assert_eq!(suggest(wrong, VERBS.into_iter()), None, "{wrong}");
        }
        assert_eq!(suggest("a", ["b"].into_iter()), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        let edits = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        for (a, b, wanted) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("ab", "ba", 1),
            ("abc", "axc", 1),
            ("Ab", "aB", 0),
            ("abcd", "badc", 2),
        ] {
            assert_eq!(edits(a, b), wanted, "{a} {b}");
        }
    }

    #[test]
    fn takes_the_nearest() {
        assert_eq!(suggest("host", ["hooks", "hosts"].into_iter()), Some("hosts"));
    }
}
