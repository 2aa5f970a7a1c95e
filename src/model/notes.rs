//! What authors of commits left for whoever deploys them: the `Deployment:` sections between two commits.

use serde::{Deserialize, Serialize};

/// The digits of a commit that are shown.
const SHORT: usize = 9;

/// The most bytes of a tag's message that notes may fill.
const MESSAGE_MAX: usize = 64 << 10;

/// A commit, as it was asked for and as git has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// A tag, a target, a commit: what somebody wrote, or what we looked for.
    pub name: String,
    /// All digits of the commit.
    pub commit: String,
}

impl Place {
    /// The name, with the commit where the name does not say it.
    pub fn describe(&self) -> String {
        let short = short(&self.commit);
        if self.commit.starts_with(&self.name) { short.to_owned() } else { format!("{} ({short})", self.name) }
    }
}

/// One section of one commit's message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The commit.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// When, RFC 3339; `None` for a time that no calendar has.
    pub at: Option<String>,
    /// The section, without its heading; raw text, to be shown escaped.
    pub lines: Vec<String>,
    /// It had more, or longer, lines than are kept.
    pub cut: bool,
}

/// The notes on the way from one commit to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// What is there already; `None`: nothing, so all of history counts.
    pub from: Option<Place>,
    /// What is to come.
    pub to: Place,
    /// Commits that `to` has and `from` has not.
    pub commits: usize,
    /// Commits that `from` has and `to` has not: 0 unless it goes back, or to another branch.
    pub lost: usize,
    /// A shallow clone ends on the way: there may be more commits and notes than are counted here.
    pub unknown: bool,
    /// How many sections there are.
    pub count: usize,
    /// The sections, oldest first: in the order in which they are to be followed. Fewer than `count` where they are too long.
    pub notes: Vec<Note>,
    /// Why this may not be all, each as a sentence.
    pub incomplete: Vec<String>,
}

/// As much of the notes as fits into a plan, or into a record of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The commit that was live.
    pub from: String,
    /// The commit that goes live.
    pub to: String,
    /// Commits between them.
    #[serde(default)]
    pub commits: usize,
    /// How many sections there are between them.
    #[serde(default)]
    pub count: usize,
    /// The commits with their sections, as lines; those of a section are indented.
    #[serde(default)]
    pub lines: Vec<String>,
    /// How many lines more there are.
    #[serde(default)]
    pub more: usize,
    /// A shallow clone ended on the way: there may have been more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// The first digits of a commit.
pub fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

impl Notes {
    /// `prod..view`: how to ask for them again.
    pub fn range(&self) -> String {
        match &self.from {
            Some(from) => format!("{}..{}", from.name, self.to.name),
            None => self.to.name.clone(),
        }
    }

    /// Is `from` no ancestor of `to`?
    pub fn diverged(&self) -> bool {
        self.lost > 0
    }

    /// A sentence on why `to` is not simply later than `from`; `None` when it is.
    pub fn course(&self) -> Option<String> {
        let from = self.from.as_ref().filter(|_| self.diverged())?;
        let (from, to, lost) = (from.describe(), self.to.describe(), counted(self.lost, "commit"));
        Some(if self.commits == 0 {
            format!("{to} is older than {from}: it lacks {lost} of it")
        } else {
            format!("{from} is not an ancestor of {to}: they have diverged, and {to} lacks {lost} of {from}")
        })
    }

    /// `14 commits, 3 notes`
    pub fn amount(&self) -> String {
        let known = if self.unknown { " that are known here" } else { "" };
        format!("{}, {}{known}", counted(self.commits, "commit"), counted(self.count, "note"))
    }

    /// All of it as lines: the commits, and below each, indented, what it says.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut last = None;
        for note in &self.notes {
            if last != Some(&note.commit) {
                lines.push(format!("{} {}", short(&note.commit), note.subject));
            }
            lines.extend(
                note.lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }),
            );
            lines.extend(note.cut.then(|| "  …".to_owned()));
            last = Some(&note.commit);
        }
        lines
    }

    /// As much as fits into so many lines and bytes.
    pub fn brief(&self, max_lines: usize, max_bytes: usize) -> Option<Brief> {
        let all = self.lines();
        let mut left = max_bytes;
        let fits = |line: &&String| {
            let fits = line.len() <= left;
            left = left.saturating_sub(line.len());
            fits
        };
        let lines: Vec<String> = all.iter().take(max_lines).take_while(fits).cloned().collect();
        Some(Brief {
            from: self.from.as_ref()?.commit.clone(),
            to: self.to.commit.clone(),
            commits: self.commits,
            count: self.count,
            more: all.len() - lines.len(),
            unknown: self.unknown,
            lines,
        })
    }

    /// For the message of a tag: a `Deployment:` section of all of them; empty when there are none. Nothing in it acts on a
    /// terminal, and git takes it as it is.
    pub fn message(&self) -> String {
        let mut text = String::new();
        for line in self.lines() {
            if text.len() + line.len() > MESSAGE_MAX {
                text.push_str(&format!("…: release notes {}\n", self.range()));
                break;
            }
            text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            text.push('\n');
        }
        if text.is_empty() { text } else { format!("Deployment:\n\n{text}") }
    }
}

impl Brief {
    /// The command that shows what is left out, if something is.
    pub fn rest(&self) -> Option<String> {
        (self.more > 0).then(|| format!("release notes {}..{}", short(&self.from), short(&self.to)))
    }

    /// `3 notes in 14 commits since c85320d9d`
    pub fn amount(&self) -> String {
        let count = if self.count == 0 { "no notes".into() } else { counted(self.count, "note") };
        let known = if self.unknown { " that are known here" } else { "" };
        format!("{count} in {}{known} since {}", counted(self.commits, "commit"), short(&self.from))
    }
}

/// `1 commit`, `2 commits`
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(commit: &str, lines: &[&str]) -> Note {
        Note {
            commit: commit.repeat(40),
            subject: format!("subject {commit}"),
            author: "t".into(),
            at: None,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            cut: false,
        }
    }

    fn notes(notes: Vec<Note>) -> Notes {
        let place = |name: &str, digit: &str| Place { name: name.into(), commit: digit.repeat(40) };
        Notes {
            from: Some(place("prod", "e")),
            to: place("view", "f"),
            commits: 14,
            lost: 0,
            unknown: false,
            count: notes.len(),
            notes,
            incomplete: Vec::new(),
        }
    }

    #[test]
    fn sections_of_one_commit_stand_below_it() {
        let all = notes(vec![note("a", &["- x", "", "- y"]), note("a", &["- z"]), note("b", &["one"])]);
        let shown = ["aaaaaaaaa subject a", "  - x", "", "  - y", "  - z", "bbbbbbbbb subject b", "  one"];
        assert_eq!(all.lines(), shown);
        assert_eq!(all.message(), format!("Deployment:\n\n{}\n", shown.join("\n")));
        assert_eq!(notes(Vec::new()).message(), "");
        assert_eq!(notes(vec![note("a", &["a\0b\x1bc"])]).message().lines().last(), Some("  a b c"));
        assert_eq!((all.range().as_str(), all.amount().as_str()), ("prod..view", "14 commits, 3 notes"));
    }

    #[test]
    fn what_is_brief_is_bounded_and_says_how_to_see_the_rest() {
        let all = notes((0..50).map(|_| note("a", &["- 0123456789"])).collect());
        let brief = all.brief(10, 1000).unwrap();
        assert_eq!((brief.lines.len(), brief.more, brief.count), (10, 41, 50));
        assert_eq!(brief.rest().as_deref(), Some("release notes eeeeeeeee..fffffffff"));
        assert_eq!(brief.amount(), "50 notes in 14 commits since eeeeeeeee");
        let tight = all.brief(100, 60).unwrap();
        assert!(tight.lines.iter().map(String::len).sum::<usize>() <= 60 && tight.more == 48, "{tight:?}");
        assert_eq!(all.brief(100, 10_000).unwrap().rest(), None);
        assert!(all.message().len() < MESSAGE_MAX);
        let long = notes((0..2000).map(|_| note("a", &["x".repeat(100).as_str()])).collect());
        assert!(long.message().len() < MESSAGE_MAX + 200 && long.message().ends_with("release notes prod..view\n"));
    }

    #[test]
    fn the_course_is_said_when_it_is_not_straight() {
        let mut all = notes(Vec::new());
        assert_eq!(all.course(), None);
        all.lost = 2;
        assert!(all.course().unwrap().contains("not an ancestor"), "{:?}", all.course());
        all.commits = 0;
        let text = all.course().unwrap();
        assert_eq!(text, "view (fffffffff) is older than prod (eeeeeeeee): it lacks 2 commits of it");
    }
}
