//! Cuts a filter's text into tokens with their places.

use std::ops::Range;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Bytes of the text.
    pub(super) at: Range<usize>,
}

/// Kinds of pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a value, `and`, `in` and so on.
    Word(String),
    /// Text in quotes, without them.
    Quoted(String),
    /// Quotes that are not closed yet.
    Unclosed(String),
    /// An operator, a parenthesis, a brace, a comma.
    Sign(&'static str),
    /// Something else.
    Foreign(char),
}

/// Signs; the longer before the shorter.
const SIGNS: [&str; 13] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "{", "}",
];

/// Whether a character may stand in a word.
fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '-' | '#')
}

/// Whether a text can stand as a value without quotes.
pub(super) fn is_word(text: &str) -> bool {
    let reserved = ["and", "or", "not", "in", "contains", "matches"];
    !text.is_empty()
        && text.chars().all(in_word)
        && !reserved.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// All tokens of the text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, len) = next(rest);
        if let Some(kind) = kind {
            tokens.push(Token {
                kind,
                at: start..start + len,
            });
        }
        start += len;
    }
    tokens
}

/// The token at the start of a text and its length; no token for blanks.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let sign = SIGNS
        .into_iter()
        .chain([","])
        .find(|sign| rest.starts_with(sign));
    if let Some(sign) = sign {
        return (Some(Kind::Sign(sign)), sign.len());
    }
    let Some(first) = rest.chars().next() else {
        return (None, 0);
    };
    if first == '"' {
        return quoted(rest);
    }
    let word = |letter: char| !in_word(letter);
    match rest.find(word).unwrap_or(rest.len()) {
        0 if first.is_whitespace() => (None, first.len_utf8()),
        0 => (Some(Kind::Foreign(first)), first.len_utf8()),
        len => {
            let word = rest.get(..len).unwrap_or_default();
            (Some(Kind::Word(word.to_owned())), len)
        }
    }
}

fn quoted(rest: &str) -> (Option<Kind>, usize) {
    let mut text = String::new();
    let mut escaped = false;
    for (place, letter) in rest.char_indices().skip(1) {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (Some(Kind::Quoted(text)), place + 1),
            _ => {
                // A backslash before anything else stands for itself, as regular expressions want it.
                if escaped && !matches!(letter, '"' | '\\') {
                    text.push('\\');
                }
                text.push(letter);
                escaped = false;
            }
        }
    }
    (Some(Kind::Unclosed(text)), rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn words_signs_and_quotes_are_told_apart_without_blanks() {
        let word = |text: &str| Kind::Word(text.into());
        assert_eq!(
            kinds("mode!=full&&(key==\"top up\")"),
            [
                word("mode"),
                Kind::Sign("!="),
                word("full"),
                Kind::Sign("&&"),
                Kind::Sign("("),
                word("key"),
                Kind::Sign("=="),
                Kind::Quoted("top up".into()),
                Kind::Sign(")"),
            ]
        );
        assert_eq!(kinds("a;"), [word("a"), Kind::Foreign(';')]);
    }

    #[test]
    fn a_quote_keeps_its_backslashes_but_before_quotes_and_backslashes() {
        assert_eq!(kinds(r#""a\"b\\c\d""#), [Kind::Quoted(r#"a"b\c\d"#.into())]);
        assert_eq!(kinds("\"open"), [Kind::Unclosed("open".into())]);
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let places: Vec<_> = tokens("ä == 1").into_iter().map(|token| token.at).collect();
        assert_eq!(places, [0..2, 3..5, 6..7]);
    }
}
