//! A status as one page for browsers: no script, nothing from elsewhere, and every word of hosts and git escaped.

mod place;

use super::document::{Behind, Document, HostStatus, TargetStatus};
use super::state::states;
use crate::model::Note;
use crate::model::notes::short;
use crate::ui::html::text;

pub use place::Place;

const STYLE: &str = include_str!("page/page.css");

/// So many notes of a pair, and so many lines of a note, are shown; `release notes` has the rest.
const NOTES_MAX: usize = 50;
const LINES_MAX: usize = 40;

/// The whole page.
pub fn page(document: &Document) -> String {
    let app = text(&document.app);
    let targets: String = document.shown().into_iter().map(target).collect();
    let waiting: String = document.behind.iter().map(waiting).collect();
    let at = time(&document.at);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{app}: what is deployed</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<h1>{app}</h1>\n<p>What is deployed, as of {at}</p>\n</header>\n<main>\n\
         {targets}{waiting}</main>\n</body>\n</html>\n"
    )
}

fn target(target: &TargetStatus) -> String {
    let mut name = text(&target.name);
    if let Some(version) =
        target.hosts.iter().find_map(|host| host.live.as_ref()?.version.as_ref()).filter(|_| !target.differ)
    {
        name.push_str(&format!(" <b>{}</b>", text(version)));
    }
    let rows: String = target.hosts.iter().map(host).collect();
    let warning = if target.differ { "<p class=\"bad\">Its hosts serve different releases</p>\n" } else { "" };
    let heads: String = COLUMNS.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<section>\n<h2>{name}</h2>\n{warning}<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</section>\n"
    )
}

const COLUMNS: [&str; 6] = ["Host", "Live", "Commit", "Since", "By", "State"];

fn host(host: &HostStatus) -> String {
    let live = host.live.as_ref();
    let of = |value: Option<&String>, show: fn(&str) -> String| value.map(|value| show(value)).unwrap_or_default();
    let release = match live {
        Some(live) => match &live.version {
            Some(version) => format!("<b>{}</b><br><span class=\"mono\">{}</span>", text(version), text(&live.release)),
            None => format!("<span class=\"mono\">{}</span>", text(&live.release)),
        },
        None => String::new(),
    };
    let commit = of(live.and_then(|live| live.commit.as_ref()), commit);
    let since = of(live.and_then(|live| live.deployed_at.as_ref()), time);
    let by = of(live.and_then(|live| live.deployed_by.as_ref()), text);
    let cells = [release, commit, since, by, state(host)];
    let cell = |(head, cell): (&&str, String)| match cell.as_str() {
        "" => "<td class=\"empty none\">–</td>".to_owned(),
        cell => format!("<td data-label=\"{head}\">{cell}</td>"),
    };
    let cells: String = COLUMNS[1..].iter().zip(cells).map(cell).collect();
    format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", text(&host.host))
}

fn state(host: &HostStatus) -> String {
    let all = states(host);
    if all.is_empty() {
        return "<span class=\"ok\">ok</span>".into();
    }
    let shown = all.iter().map(|state| {
        let class = if state.calm { "calm" } else { "bad" };
        format!("<span class=\"{class}\">{}</span>", text(&state.text))
    });
    shown.collect::<Vec<_>>().join("<br>")
}

/// What waits on one target for another.
fn waiting(behind: &Behind) -> String {
    let title = format!("{} → {}", text(&behind.of), text(&behind.target));
    let class = match (behind.diverged, behind.commits) {
        (None | Some(true), _) => "calm",
        (Some(false), Some(0)) => "ok",
        (Some(false), _) => "next",
    };
    let sentence = text(&upper(&behind.sentence()));
    let incomplete: String =
        behind.incomplete.iter().map(|why| format!("<p class=\"calm\">{}</p>\n", text(&upper(why)))).collect();
    let notes = behind.found.as_ref().map(|notes| list(&notes.notes, notes.count, behind)).unwrap_or_default();
    format!("<section>\n<h2>{title}</h2>\n<p class=\"{class}\">{sentence}</p>\n{incomplete}{notes}</section>\n")
}

fn list(notes: &[Note], count: usize, behind: &Behind) -> String {
    if count == 0 {
        return String::new();
    }
    let shown = &notes[..notes.len().min(NOTES_MAX)];
    let items: String = shown.iter().map(note).collect();
    let more = match (count - shown.len(), behind.command()) {
        (1.., Some(command)) => {
            format!("<p class=\"none\">{} more: <code>{}</code></p>\n", count - shown.len(), text(&command))
        }
        _ => String::new(),
    };
    format!("<ol>\n{items}</ol>\n{more}")
}

fn note(note: &Note) -> String {
    let lines: Vec<String> = note.lines.iter().take(LINES_MAX).map(|line| text(line)).collect();
    let cut = if note.cut || note.lines.len() > LINES_MAX { "\n…" } else { "" };
    let day = note.at.as_deref().and_then(|at| at.split('T').next()).map(|day| format!(", {day}")).unwrap_or_default();
    format!(
        "<li><h3>{}</h3><p class=\"none\">{} {}{day}</p><pre>{}{cut}</pre></li>\n",
        text(&note.subject),
        commit(&note.commit),
        text(&note.author),
        lines.join("\n")
    )
}

fn commit(commit: &str) -> String {
    format!("<span class=\"mono\" title=\"{}\">{}</span>", text(commit), text(short(commit)))
}

/// A time for people, and for machines where it is one.
fn time(at: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(then) => format!("<time datetime=\"{then}\">{}</time>", then.strftime("%Y-%m-%d %H:%M UTC")),
        Err(_) => text(at),
    }
}

fn upper(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
