//! Are two texts of an expression, as the server writes them, one and the same expression?
//!
//! What the server writes of an expression it may write in another way once it has read that again: a cast of an array becomes casts of
//! its members, with other parentheses around what is cast. Nothing else differs then: the same words, names, values and casts in the same order.

use serde_json::Value;

use crate::schema::Engine;
use crate::schema::sql::{Kind, Token, tokens};

/// Do these two say the same? Texts by what is in them, everything else to the letter.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(a), Some(b)) => a == b || normal(a).is_some_and(|normal_a| normal(b) == Some(normal_a)),
        _ => one == other,
    }
}

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Token(&'a str),
    /// In parentheses.
    Round(Vec<Piece<'a>>),
    /// In parentheses right behind a name: of a call.
    Arguments(Vec<Piece<'a>>),
    /// In brackets.
    Square(Vec<Piece<'a>>),
    /// Behind what is cast: the type.
    Cast(String),
}

/// A text as it is compared: a cast of an array is one of each member.
fn normal(text: &str) -> Option<Vec<Piece<'_>>> {
    let tokens = tokens(Engine::Postgresql, text).ok()?;
    let code: Vec<Token<'_>> = tokens.into_iter().filter(Token::is_code).collect();
    let (mut at, mut said) = (0, Vec::new());
    while at < code.len() {
        said.extend(group(&code, &mut at));
        // A closing one too many is one more piece.
        said.extend(code.get(at).map(|token| Piece::Token(token.text)));
        at += 1;
    }
    Some(said)
}

/// The pieces up to the end of the group, or of all.
fn group<'a>(code: &[Token<'a>], at: &mut usize) -> Vec<Piece<'a>> {
    let mut found: Vec<Piece<'a>> = Vec::new();
    while let Some(token) = code.get(*at).filter(|token| !token.is_mark(")") && !token.is_mark("]")) {
        if is_cast(code, *at) {
            let end = end_of_type(code, *at + 2);
            let name = code[*at + 2..end].iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
            *at = skip_array(code, end);
            unwrap_last(&mut found);
            cast(&mut found, name, *at > end);
            continue;
        }
        let called = at.checked_sub(1).and_then(|before| code.get(before));
        let called = called.is_some_and(|name| is_name(name) && name.at + name.text.len() == token.at);
        *at += 1;
        if token.is_mark("(") || token.is_mark("[") {
            let inner = group(code, at);
            *at += 1;
            found.push(match token.text {
                "[" => Piece::Square(inner),
                _ if called => Piece::Arguments(inner),
                _ => Piece::Round(inner),
            });
        } else {
            found.push(Piece::Token(token.text));
        }
    }
    if let [Piece::Round(_)] = &found[..]
        && let Some(Piece::Round(inner)) = found.pop()
    {
        return inner;
    }
    found
}

/// What is cast stands in parentheses or not; around more than one value they mean something.
fn unwrap_last(found: &mut Vec<Piece<'_>>) {
    match found.pop() {
        Some(Piece::Round(inner)) if is_one_value(&inner) => found.extend(inner),
        Some(other) => found.push(other),
        None => {}
    }
}

/// Notes the cast: behind what it is of, or, of an array to an array, behind each of its members.
fn cast(found: &mut Vec<Piece<'_>>, name: String, to_array: bool) {
    match &mut found[..] {
        [.., Piece::Token(word), Piece::Square(members)] if to_array && word.eq_ignore_ascii_case("array") => {
            let all = std::mem::take(members);
            for (at, member) in all.split(|piece| *piece == Piece::Token(",")).enumerate() {
                members.extend((at > 0).then_some(Piece::Token(",")));
                members.extend(without_parentheses(member));
                members.push(Piece::Cast(name.clone()));
            }
        }
        _ => found.push(Piece::Cast(if to_array { format!("{name}[]") } else { name })),
    }
}

fn without_parentheses<'a>(pieces: &[Piece<'a>]) -> Vec<Piece<'a>> {
    let mut found = pieces.to_vec();
    unwrap_last(&mut found);
    found
}

/// One value: a literal or a name, an array, or the call of a function.
fn is_one_value(pieces: &[Piece<'_>]) -> bool {
    match pieces {
        [value @ .., Piece::Cast(_)] => is_one_value(value),
        [_] => true,
        [names @ .., Piece::Arguments(_)] => names.iter().all(is_part_of_name),
        [Piece::Token(word), Piece::Square(_)] => word.eq_ignore_ascii_case("array"),
        names => names.iter().all(is_part_of_name),
    }
}

fn is_part_of_name(piece: &Piece<'_>) -> bool {
    let Piece::Token(text) = piece else { return false };
    *text == "." || text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
}

fn is_cast(code: &[Token<'_>], at: usize) -> bool {
    let colon = |at: usize| code.get(at).is_some_and(|token| token.is_mark(":"));
    colon(at) && colon(at + 1) && code.get(at + 2).is_some_and(is_name)
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Word | Kind::Name)
}

/// Words that follow the first one of a type's name.
const MORE: [(&str, &[&str]); 5] = [
    ("character", &["varying"]),
    ("bit", &["varying"]),
    ("double", &["precision"]),
    ("timestamp", &["with", "without"]),
    ("time", &["with", "without"]),
];

/// Behind the name of a type that begins here, with what stands in its parentheses.
fn end_of_type(code: &[Token<'_>], start: usize) -> usize {
    let word = |at: usize, words: &[&str]| code.get(at).is_some_and(|token| token.is_any(words));
    let first = code.get(start).map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    let mut at = start + 1;
    while code.get(at).is_some_and(|token| token.is_mark(".")) && code.get(at + 1).is_some_and(is_name) {
        at += 2;
    }
    let more = MORE.iter().find(|(name, _)| *name == first).map_or(&[][..], |(_, more)| more);
    if more.contains(&"varying") || more.contains(&"precision") {
        at += usize::from(word(at, more));
    }
    // `numeric(10,2)`, `timestamp(0) without time zone`
    if code.get(at).is_some_and(|token| token.is_mark("("))
        && code.get(at + 1).is_some_and(|one| one.kind == Kind::Number)
    {
        at += code[at..].iter().position(|token| token.is_mark(")")).map_or(0, |length| length + 1);
    }
    if more.contains(&"with") && word(at, more) {
        at += 3;
    }
    at.min(code.len())
}

/// Behind the `[]` of an array.
fn skip_array(code: &[Token<'_>], mut at: usize) -> usize {
    let mark = |at: usize, mark: &str| code.get(at).is_some_and(|token| token.is_mark(mark));
    while mark(at, "[") && mark(at + 1, "]") {
        at += 2;
    }
    at
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::same;

    #[track_caller]
    fn says(one: &str, other: &str, expected: bool) {
        assert_eq!(same(&json!(one), &json!(other)), expected, "{one}\n{other}");
    }

    #[test]
    fn what_the_server_writes_anew_is_the_same() {
        says(
            "CHECK (((mood)::text = ANY ((ARRAY['sad'::character varying, 'ok'::character varying])::text[])))",
            "CHECK (((mood)::text = ANY (ARRAY[('sad'::character varying)::text, ('ok'::character varying)::text])))",
            true,
        );
        says("((a + b))", "(a + b)", true);
        says("('now'::text)::timestamp(0) without time zone", "'now'::text::timestamp(0) without time zone", true);
        says("(price)::numeric(10,2)", "price::numeric(10,2)", true);
        says("(lower((a)::text))::name", "lower(a::text)::name", true);
    }

    #[test]
    fn another_value_word_or_type_is_another_one() {
        says("'x'::text", "'y'::text", false);
        says("'x'::text", "'x'::character varying", false);
        says("a::numeric(10,2)", "a::numeric(10,3)", false);
        says("'x'::timestamp with time zone", "'x'::timestamp without time zone", false);
        says("((a AND b) OR c)", "(a AND (b OR c))", false);
        says("((a + b)::integer * c)", "(a + (b::integer * c))", false);
        says("now()", "now() AT TIME ZONE 'utc'", false);
        says("(a > 0)", "(a > 1)", false);
        says("((a)::integer + b)", "(a + (b)::integer)", false);
        says("((a)::integer)::text", "((a)::text)::integer", false);
        says("'{}'::text[]", "'{}'::text", false);
        says("lower(a)", "upper(a)", false);
        assert!(!same(&json!(1), &json!("1")) && same(&json!(["a"]), &json!(["a"])));
    }
}
