//! The types of TOML values, in the words of errors, and where keys belong.

use toml::de::DeValue;

use super::problem::Complaint;

/// Where a key belongs that people write in the wrong table: mostly TOML gave it to the table header above it.
pub(super) fn belongs(key: &str) -> Option<&'static str> {
    Some(match key {
        "app" | "default" => "at the top of the file, above the first [table]",
        "targets" => "at the top of the file: [targets.NAME]",
        "artifact" | "base" | "releases" | "live" | "keep" | "shared" | "shared_files" | "lease" | "max_unpacked" => {
            "at the top of the file, above the first [table], or in [targets.NAME]"
        }
        "hosts" | "primary" | "requires" | "git" | "protected" | "strategy" | "batch" | "wait" => "in [targets.NAME]",
        "files" | "vars" => "in [env]",
        "flag" | "long_flag" | "when" => "in [maintenance]",
        "systemd" | "stop" | "start" | "restart" | "reload" => "in [service]",
        "expect" => "in [health]",
        "timeout" => "in [env], [prepare], [service], [health], [activate], [schema] or [notify]",
        "clear" | "copy" => "in [activate]",
        "address" | "port" | "identity" | "jump" | "role" | "host_key" => "in [[targets.NAME.hosts]]",
        _ => return None,
    })
}

/// The string that a value is.
pub(super) fn text<'v>(value: &'v DeValue) -> Result<&'v str, Complaint> {
    let number = |text: &str| wanted("a string", value).hint(format!("write it in quotes: \"{text}\""));
    match value {
        DeValue::String(text) => Ok(text),
        DeValue::Integer(found) => Err(number(&found.to_string())),
        DeValue::Float(found) => Err(number(&found.to_string())),
        DeValue::Boolean(found) => Err(number(&found.to_string())),
        _ => Err(wanted("a string", value)),
    }
}

/// The whole number that a value is.
pub(super) fn number(value: &DeValue) -> Result<i64, Complaint> {
    let Some(found) = value.as_integer() else {
        let complaint = wanted("a whole number", value);
        let digits = value.as_str().filter(|text| text.parse::<i64>().is_ok());
        return Err(match digits {
            Some(digits) => complaint.hint(format!("write it without quotes: {digits}")),
            None => complaint,
        });
    };
    i64::from_str_radix(found.as_str(), found.radix()).map_err(|_| Complaint::new("that number is too large"))
}

/// A wrong type.
pub(super) fn wanted(what: &str, found: &DeValue) -> Complaint {
    let found = match found {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Complaint::new(format!("must be {what}, not {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> DeValue<'_> {
        DeValue::parse(text).unwrap().into_inner()
    }

    #[test]
    fn a_wrong_type_says_how_to_write_it() {
        let hint = |complaint: Complaint| complaint.hint.unwrap();
        assert_eq!(hint(text(&value("22")).unwrap_err()), "write it in quotes: \"22\"");
        assert_eq!(hint(number(&value("\"22\"")).unwrap_err()), "write it without quotes: 22");
        assert_eq!(text(&value("[1]")).unwrap_err().what, "must be a string, not a list");
    }

    #[test]
    fn numbers_of_any_radix_and_size() {
        assert_eq!(number(&value("0x10")), Ok(16));
        assert_eq!(number(&value("1_000")), Ok(1000));
        assert_eq!(number(&value("-1")), Ok(-1));
        assert!(number(&value("99999999999999999999")).is_err());
        assert!(number(&value("1.0")).is_err());
    }
}
