//! Statements: where each ends, as the client program sees it.

use super::{Kind, Token, Wrong, tokens};
use crate::schema::Engine;

/// One statement of a text, with the white space and the comments before it, and its `;`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// As it is written. The statements of a text are, one after the other, the text.
    pub text: &'a str,
    /// The line of its first word; 1 is the first.
    pub line: usize,
    /// Its tokens, all of them.
    pub tokens: Vec<Token<'a>>,
}

impl<'a> Statement<'a> {
    /// Its tokens that mean something, without the last `;`.
    pub fn code(&self) -> Vec<Token<'a>> {
        let mut code: Vec<_> = self.tokens.iter().copied().filter(Token::is_code).collect();
        if code.last().is_some_and(|last| last.is_mark(";")) {
            code.pop();
        }
        code
    }

    /// Is there nothing to run?
    pub fn is_empty(&self) -> bool {
        self.code().is_empty()
    }
}

/// The statements of a text. The last may have nothing to run, and no `;`.
///
/// # Errors
/// As [`tokens`].
pub fn split<'a>(engine: Engine, text: &'a str) -> Result<Vec<Statement<'a>>, Wrong> {
    let mut found = Vec::new();
    let (mut inside, mut current): (_, Vec<Token<'a>>) = (Inside::new(engine), Vec::new());
    for token in tokens(engine, text)? {
        current.push(token);
        if token.is_code() && inside.ends(&token) {
            found.extend(statement(text, std::mem::take(&mut current)));
            inside = Inside::new(engine);
        }
    }
    found.extend(statement(text, current));
    Ok(found)
}

fn statement<'a>(text: &'a str, tokens: Vec<Token<'a>>) -> Option<Statement<'a>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let whole = text.get(first.at..last.at + last.text.len())?;
    let line = tokens.iter().find(|token| token.is_code()).map_or(first.line, |token| token.line);
    Some(Statement { text: whole, line, tokens })
}

/// What is open at some token of a statement.
struct Inside {
    engine: Engine,
    /// The first words.
    words: Vec<String>,
    parentheses: usize,
    /// How many `BEGIN` and `CASE` of a body are open (PostgreSQL).
    blocks: usize,
    /// The last two tokens were `;` and `END` (2), or the last was `;` (1).
    trigger_end: u8,
}

impl Inside {
    fn new(engine: Engine) -> Self {
        Self { engine, words: Vec::new(), parentheses: 0, blocks: 0, trigger_end: 0 }
    }

    /// Is this the `;` that ends the statement?
    fn ends(&mut self, token: &Token<'_>) -> bool {
        let ends = match self.engine {
            Engine::Postgresql => self.ends_postgres(token),
            Engine::Sqlite => self.ends_sqlite(token),
        };
        if self.words.len() < 6 {
            self.words.push(if token.kind == Kind::Word { token.text.to_ascii_lowercase() } else { String::new() });
        }
        ends
    }

    fn ends_postgres(&mut self, token: &Token<'_>) -> bool {
        match token.text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ if self.parentheses == 0 && self.may_have_body() => {
                if token.is("begin") || (token.is("case") && self.blocks > 0) {
                    self.blocks += 1;
                } else if token.is("end") {
                    self.blocks = self.blocks.saturating_sub(1);
                }
            }
            _ => {}
        }
        token.is_mark(";") && self.parentheses == 0 && self.blocks == 0
    }

    /// `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`
    fn may_have_body(&self) -> bool {
        let words: Vec<_> = self.words.iter().map(String::as_str).collect();
        matches!(
            words[..],
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure", ..]
        )
    }

    /// A trigger ends with `; END ;`: inside it, other `;` and the END of a CASE end nothing.
    fn ends_sqlite(&mut self, token: &Token<'_>) -> bool {
        if !self.is_trigger() {
            return token.is_mark(";");
        }
        let before = self.trigger_end;
        self.trigger_end = match before {
            _ if token.is_mark(";") => 1,
            1 if token.is("end") => 2,
            _ => 0,
        };
        before == 2 && token.is_mark(";")
    }

    fn is_trigger(&self) -> bool {
        let words: Vec<_> = self.words.iter().map(String::as_str).skip_while(|word| *word == "explain").collect();
        matches!(words[..], ["create", "trigger", ..] | ["create", "temp" | "temporary", "trigger", ..])
    }
}
