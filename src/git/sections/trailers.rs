//! Where the trailers of a message begin.

/// Names that end a section wherever they stand: nobody writes steps with them.
const PEOPLE: [&[u8]; 14] = [
    b"signed-off-by",
    b"co-authored-by",
    b"co-developed-by",
    b"reviewed-by",
    b"acked-by",
    b"tested-by",
    b"reported-by",
    b"suggested-by",
    b"helped-by",
    b"approved-by",
    b"requested-by",
    b"reviewed-on",
    b"change-id",
    b"git-subtree-dir",
];

/// Names that are trailers where their whole paragraph is made of such lines.
const OTHERS: [&[u8]; 8] = [b"fixes", b"closes", b"resolves", b"refs", b"cc", b"bug", b"issue", b"see-also"];

/// So many lines a paragraph of trailers has at most; a longer one is none.
const PARAGRAPH_MAX: usize = 100;

/// Do the trailers begin with this line? `rest` is what follows, `blank` whether a blank line precedes it.
pub(super) fn begin<'a>(line: &[u8], blank: bool, rest: impl Iterator<Item = &'a [u8]>) -> bool {
    if is_surely(line) {
        return true;
    }
    let Some(name) = name(line).filter(|_| blank) else { return false };
    let mut known = is_one_of(name, &OTHERS);
    for (at, line) in rest.take_while(|line| !line.is_empty()).enumerate() {
        known |= is_surely(line) || self::name(line).is_some_and(|name| is_one_of(name, &OTHERS));
        let continued = line.starts_with(b" ") || line.starts_with(b"\t");
        if at >= PARAGRAPH_MAX || !(continued || is_surely(line) || self::name(line).is_some()) {
            return false;
        }
    }
    known
}

fn is_surely(line: &[u8]) -> bool {
    let picked = line.starts_with(b"(cherry picked from commit ");
    let named = |name: &[u8]| {
        let person = name.to_ascii_lowercase().ends_with(b"-by") && line.contains(&b'<') && line.ends_with(b">");
        person || is_one_of(name, &PEOPLE)
    };
    picked || name(line).is_some_and(named)
}

/// `NAME: value`
fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    (plain && !name.is_empty() && name[0] != b'-' && value.get(1) == Some(&b' ')).then_some(name)
}

fn is_one_of(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
