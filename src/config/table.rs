//! Reading one table of hosts.toml: typed access by key, a complaint where a type is wrong, and another for each key
//! that nobody asked for.
//!
//! This walks `toml`'s own spanned tree instead of deriving: serde stops at the first error, loses spans under
//! `flatten`, and could not say which of two merged tables a value came from.

use toml::de::{DeTable, DeValue};

use super::excerpt::{Span, quoted};
use super::kind::{belongs, number, text, wanted};
use super::problem::{Complaint, Problems};
use super::suggest::suggest;

/// A value and where it stands.
pub(super) type At<T> = toml::Spanned<T>;

/// One table, while it is being read.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// `targets.prod.service`; empty for the file itself.
    path: String,
    /// The key that names it, for complaints about the whole.
    pub span: Span,
    asked: Vec<&'static str>,
    /// Keys that must be there, and what to write for each.
    required: Vec<(&'static str, &'static str)>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    /// The file itself.
    pub fn file(file: &'a At<DeTable<'a>>, problems: &'a Problems) -> Self {
        Self { entries: file.get_ref(), path: String::new(), span: 0..0, asked: vec![], required: vec![], problems }
    }

    /// Complains about something in it.
    pub fn complain(&self, span: Span, complaint: Complaint) {
        self.problems.add(span, complaint);
    }

    /// The table's own word for itself.
    pub fn title(&self) -> String {
        if self.path.is_empty() { "the top of the file".into() } else { format!("[{}]", self.path) }
    }

    /// Whether a key is there, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Makes a key one that must be there; a bad value is there too, and has its own complaint.
    pub fn require(&mut self, key: &'static str, hint: &'static str) {
        self.required.push((key, hint));
    }

    /// Any value, through a check.
    pub fn value<T>(
        &mut self,
        key: &'static str,
        check: impl FnOnce(&DeValue) -> Result<T, Complaint>,
    ) -> Option<At<T>> {
        let value = self.entry(key)?.1;
        self.checked(key, value, check)
    }

    /// A string, through a check.
    pub fn text<T>(&mut self, key: &'static str, check: impl FnOnce(&str) -> Result<T, Complaint>) -> Option<At<T>> {
        self.value(key, |value| check(text(value)?))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Option<At<bool>> {
        self.value(key, |value| value.as_bool().ok_or_else(|| wanted("true or false", value)))
    }

    /// A whole number, through a check.
    pub fn number<T>(&mut self, key: &'static str, check: impl FnOnce(i64) -> Result<T, Complaint>) -> Option<At<T>> {
        self.value(key, |value| check(number(value)?))
    }

    /// A list of strings, each through a check.
    pub fn texts<T>(
        &mut self,
        key: &'static str,
        check: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<At<Vec<At<T>>>> {
        let list = self.list(key)?;
        let items = list.get_ref().iter().filter_map(|item| self.checked(key, item, |item| check(text(item)?)));
        Some(At::new(list.span(), items.collect()))
    }

    /// A list of anything, uninspected.
    pub fn list(&mut self, key: &'static str) -> Option<At<Vec<&'a At<DeValue<'a>>>>> {
        let value = self.entry(key)?.1;
        match value.get_ref() {
            DeValue::Array(items) => Some(At::new(value.span(), items.iter().collect())),
            other => {
                let complaint = match other {
                    DeValue::String(_) => wanted("a list", other).hint(format!("write {key} = [\"...\"]")),
                    DeValue::Table(_) => {
                        wanted("a list", other).hint(format!("write [[{}]], in double brackets", self.child(key)))
                    }
                    _ => wanted("a list", other),
                };
                self.complain(value.span(), complaint.about(key));
                None
            }
        }
    }

    /// A table below this one.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let (span, value) = self.entry(key)?;
        self.open(key, span, value)
    }

    /// The tables below this one, whatever their names, in the order of the file. Nothing is asked for by name then.
    pub fn tables(&mut self) -> Vec<(At<String>, Table<'a>)> {
        let open = |(name, value): (At<String>, &'a At<DeValue<'a>>)| {
            let table = self.open(name.get_ref(), name.span(), value)?;
            Some((name, table))
        };
        self.entries().into_iter().filter_map(open).collect()
    }

    /// All keys and values, whatever their names, in the order of the file.
    pub fn entries(&self) -> Vec<(At<String>, &'a At<DeValue<'a>>)> {
        let mut entries: Vec<_> =
            self.entries.iter().map(|(key, value)| (At::new(key.span(), key.get_ref().to_string()), value)).collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// A table that stands in a list: `[[targets.prod.hosts]]`, or `{ address = "..." }`.
    pub fn item(&self, key: &'static str, item: &'a At<DeValue<'a>>) -> Option<Table<'a>> {
        self.open(key, item.span(), item)
    }

    /// Complains about each key that was not asked for, and each required one that is not there. A key that looks like
    /// a slip for a required one stands for it: one mistake, one complaint.
    pub fn done(self) {
        let mut meant = vec![];
        for (key, _) in self.entries() {
            let name = key.get_ref().as_str();
            if self.asked.contains(&name) {
                continue;
            }
            let near = suggest(name, self.asked.iter().copied());
            meant.extend(near);
            let hint = match (belongs(name), near) {
                (Some(place), _) => format!("`{name}` belongs {place}"),
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) => format!("known here: {}", self.asked.join(", ")),
            };
            let shown = quoted(name);
            let shown = shown.trim_matches('"');
            self.complain(key.span(), Complaint::new(format!("unknown key `{shown}` in {}", self.title())).hint(hint));
        }
        for (key, hint) in &self.required {
            if !self.has(key) && !meant.contains(key) {
                let what = format!("{} has no `{key}`", self.title());
                self.complain(self.span.clone(), Complaint::new(what).hint(*hint));
            }
        }
    }

    /// Runs a check and files its complaint under the key.
    pub fn checked<V, T>(
        &self,
        key: &str,
        value: &At<V>,
        check: impl FnOnce(&V) -> Result<T, Complaint>,
    ) -> Option<At<T>> {
        match check(value.get_ref()) {
            Ok(found) => Some(At::new(value.span(), found)),
            Err(complaint) => {
                self.complain(value.span(), complaint.about(key));
                None
            }
        }
    }

    fn entry(&mut self, key: &'static str) -> Option<(Span, &'a At<DeValue<'a>>)> {
        self.asked.push(key);
        self.entries.get_key_value(key).map(|(key, value)| (key.span(), value))
    }

    fn open(&self, key: &str, span: Span, value: &'a At<DeValue<'a>>) -> Option<Table<'a>> {
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table {
                entries,
                path: self.child(key),
                span,
                asked: vec![],
                required: vec![],
                problems: self.problems,
            }),
            other => {
                let path = if key == "targets" { "targets.NAME".into() } else { self.child(key) };
                let complaint = wanted("a table", other).hint(format!("write [{path}] on a line of its own"));
                self.complain(value.span(), complaint.about(key));
                None
            }
        }
    }

    fn child(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
