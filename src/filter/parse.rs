//! Reads a filter: tokens to tree and program, by recursive descent.

use std::ops::Range;

use super::evaluate::Program;
use super::expr::{Expr, Literal, RELATIONS, Relation, Test};
use super::lexer::{Kind, Token, tokens};
use super::name::{Column, Name};
use super::value::{self, Check};

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FilterError {
    /// Bytes of the text that it is about; empty at the end where something is missing.
    pub at: Range<usize>,
    /// A sentence.
    pub text: String,
    /// What would have to stand there, when the text ends too early.
    pub(super) awaited: Option<Awaited>,
}

impl FilterError {
    /// Whether the text only ends too early: more may be typed.
    pub const fn is_unfinished(&self) -> bool {
        self.awaited.is_some()
    }
}

/// What can stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// A name, `not`, a parenthesis.
    Test,
    /// A relation to this name, or what follows a test.
    Relation(Name),
    /// A value of this name.
    Value(Name),
    /// `and`, `or`, or the end.
    Joint,
    /// A sign.
    Sign(&'static str),
}

/// How deep parentheses and `not` may nest: deeper than anybody writes, and no stack overflows.
const DEEPEST: usize = 100;
/// Largest size of a regular expression in memory.
const PATTERN_SIZE: usize = 1 << 20;

type Parsed<T> = Result<T, FilterError>;

pub(super) fn parse(text: &str) -> Parsed<(Expr, Program)> {
    let tokens = tokens(text);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        end: text.len(),
        depth: 0,
    };
    let parsed = parser.filter()?;
    match parser.peek() {
        None => Ok(parsed),
        Some(token) => Err(token.error("`and` or `or` is missing before this")),
    }
}

/// What can stand behind these tokens; `None` when they are wrong before their end.
pub(super) fn awaited_behind(tokens: &[Token], end: usize) -> Option<Awaited> {
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        depth: 0,
    };
    match parser.filter() {
        Err(error) => error.awaited,
        Ok(_) if parser.peek().is_some() => None,
        Ok((expr, _)) => match last_test(&expr) {
            Some(Test {
                name,
                relation: Relation::Present,
            }) if matches!(
                tokens.last(),
                Some(Token {
                    kind: Kind::Word(_),
                    ..
                })
            ) =>
            {
                Some(Awaited::Relation(name.clone()))
            }
            _ => Some(Awaited::Joint),
        },
    }
}

fn last_test(expr: &Expr) -> Option<&Test> {
    match expr {
        Expr::Or(parts) | Expr::And(parts) => parts.last().and_then(last_test),
        Expr::Not(part) => last_test(part),
        Expr::Test(test) => Some(test),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    /// Length of the text.
    end: usize,
    depth: usize,
}

impl Token {
    fn error(&self, text: impl Into<String>) -> FilterError {
        FilterError {
            at: self.at.clone(),
            text: text.into(),
            awaited: None,
        }
    }

    /// Whether it is this word or sign.
    fn is(&self, spelling: &str) -> bool {
        match &self.kind {
            Kind::Word(own) => own.eq_ignore_ascii_case(spelling),
            Kind::Sign(own) => *own == spelling,
            Kind::Quoted(_) | Kind::Unclosed(_) | Kind::Foreign(_) => false,
        }
    }
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'t Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether one of the spellings stands here; goes behind it.
    fn takes(&mut self, spellings: &[&str]) -> bool {
        let fits = |token: &&Token| spellings.iter().any(|own| token.is(own));
        let found = self.peek().as_ref().is_some_and(fits);
        self.at += usize::from(found);
        found
    }

    fn missing<T>(&self, awaited: Awaited, text: impl Into<String>) -> Parsed<T> {
        let at = self.end..self.end;
        Err(FilterError {
            at,
            text: text.into(),
            awaited: Some(awaited),
        })
    }

    fn filter(&mut self) -> Parsed<(Expr, Program)> {
        self.joined(&["or", "||"], Self::both, Expr::Or, Program::Or)
    }

    fn both(&mut self) -> Parsed<(Expr, Program)> {
        self.joined(&["and", "&&"], Self::not, Expr::And, Program::And)
    }

    fn joined(
        &mut self,
        joints: &[&str],
        part: fn(&mut Self) -> Parsed<(Expr, Program)>,
        expr: fn(Vec<Expr>) -> Expr,
        program: fn(Vec<Program>) -> Program,
    ) -> Parsed<(Expr, Program)> {
        let first = part(self)?;
        if !self
            .peek()
            .is_some_and(|token| joints.iter().any(|own| token.is(own)))
        {
            return Ok(first);
        }
        let (mut exprs, mut programs) = (vec![first.0], vec![first.1]);
        while self.takes(joints) {
            let next = part(self)?;
            exprs.push(next.0);
            programs.push(next.1);
        }
        Ok((expr(exprs), program(programs)))
    }

    fn not(&mut self) -> Parsed<(Expr, Program)> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let at = self
                .peek()
                .map_or(self.end..self.end, |token| token.at.clone());
            let text = format!("Nested deeper than {DEEPEST} times");
            return Err(FilterError {
                at,
                text,
                awaited: None,
            });
        }
        let parsed = if self.takes(&["not", "!"]) {
            let (expr, program) = self.not()?;
            (Expr::Not(Box::new(expr)), Program::Not(Box::new(program)))
        } else if self.takes(&["("]) {
            let inner = self.filter()?;
            match self.peek() {
                Some(token) if token.is(")") => self.at += 1,
                Some(token) => return Err(token.error("`)` is missing before this")),
                None => return self.missing(Awaited::Sign(")"), "A parenthesis is not closed"),
            }
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(parsed)
    }

    fn test(&mut self) -> Parsed<(Expr, Program)> {
        let Some(token) = self.next() else {
            return self.missing(
                Awaited::Test,
                "A name is missing at the end, such as cmd or status",
            );
        };
        match &token.kind {
            Kind::Quoted(text) => {
                let literal = Literal {
                    text: text.clone(),
                    quoted: true,
                };
                let name = Name::Column(Column::Text);
                with_values(name, "contains", &[(literal, token.at.clone())])
            }
            Kind::Word(word) => {
                let unknown = || {
                    let near = nearest(word);
                    let hint =
                        near.map_or_else(String::new, |near| format!(", did you mean {near}"));
                    token.error(format!("{word} is no name{hint}"))
                };
                let name = Name::parse(word).ok_or_else(unknown)?;
                self.relation(name)
            }
            Kind::Unclosed(_) => Err(token.error("The quotes are not closed")),
            Kind::Sign(sign) => Err(token.error(format!("A name is missing before `{sign}`"))),
            Kind::Foreign(letter) => Err(token.error(format!("`{letter}` has no meaning here"))),
        }
    }

    fn relation(&mut self, name: Name) -> Parsed<(Expr, Program)> {
        let place = self
            .peek()
            .map(|token| token.at.clone())
            .unwrap_or_default();
        let refuse = |relation: &str| {
            let text = value::refusal(&name, relation)?;
            Some(FilterError {
                at: place.clone(),
                text,
                awaited: None,
            })
        };
        if self.takes(&["in"]) {
            if let Some(error) = refuse("in") {
                return Err(error);
            }
            let values = self.list(&name)?;
            return with_values(name, "in", &values);
        }
        let relation = RELATIONS
            .iter()
            .find(|(spelling, _)| self.takes(&[spelling]));
        let Some((spelling, _)) = relation else {
            let program = Program::Test(name.clone(), Check::Present);
            let relation = Relation::Present;
            return Ok((Expr::Test(Test { name, relation }), program));
        };
        if let Some(error) = refuse(spelling) {
            return Err(error);
        }
        let value = self.value(&name, spelling)?;
        with_values(name, spelling, &[value])
    }

    fn list(&mut self, name: &Name) -> Parsed<Vec<(Literal, Range<usize>)>> {
        if !self.takes(&["{"]) {
            return match self.peek() {
                Some(token) => Err(token.error("`{` is missing before this")),
                None => self.missing(
                    Awaited::Sign("{"),
                    format!("`in` needs values in braces after `{name}`"),
                ),
            };
        }
        let mut values = vec![self.value(name, "in {")?];
        loop {
            if self.takes(&["}"]) {
                return Ok(values);
            }
            if !self.takes(&[","]) {
                return match self.peek() {
                    Some(token) => Err(token.error("`,` or `}` is missing before this")),
                    None => self.missing(Awaited::Sign("}"), "A brace is not closed"),
                };
            }
            values.push(self.value(name, ",")?);
        }
    }

    fn value(&mut self, name: &Name, before: &str) -> Parsed<(Literal, Range<usize>)> {
        let Some(token) = self.next() else {
            let text = format!("`{before}` needs a value after `{name}`");
            return self.missing(Awaited::Value(name.clone()), text);
        };
        let (text, quoted) = match &token.kind {
            Kind::Word(word) => (word.clone(), false),
            Kind::Quoted(text) => (text.clone(), true),
            Kind::Unclosed(_) => return Err(token.error("The quotes are not closed")),
            _ => return Err(token.error(format!("`{before}` needs a value after `{name}`"))),
        };
        Ok((Literal { text, quoted }, token.at.clone()))
    }
}

/// Reads the values for the name.
fn with_values(
    name: Name,
    spelling: &str,
    values: &[(Literal, Range<usize>)],
) -> Parsed<(Expr, Program)> {
    let mut operands = Vec::new();
    for (literal, at) in values {
        let error = |text| FilterError {
            at: at.clone(),
            text,
            awaited: None,
        };
        if spelling == "matches" {
            let pattern = regex::RegexBuilder::new(&literal.text);
            let pattern = { pattern }
                .case_insensitive(true)
                .size_limit(PATTERN_SIZE)
                .build();
            let pattern = pattern.map_err(|found| error(pattern_error(&found)))?;
            let program = Program::Test(name.clone(), Check::Matches(pattern));
            let relation = Relation::Matches(literal.clone());
            return Ok((Expr::Test(Test { name, relation }), program));
        }
        // A part of a word is no word of the list.
        let whole = matches!(name.kind(), super::Kind::Word(_)) && spelling == "contains";
        let operand = if whole {
            let text = literal.text.clone();
            value::Operand::Text { text, number: None }
        } else {
            value::operand(&name, literal).map_err(error)?
        };
        operands.push(operand);
    }
    let literals: Vec<Literal> = values.iter().map(|(literal, _)| literal.clone()).collect();
    let found = RELATIONS.iter().find(|(own, _)| *own == spelling);
    let relation = match (found, literals.first()) {
        (Some((_, make)), Some(literal)) => make(literal.clone()),
        _ => Relation::In(literals),
    };
    let check = check(&relation, operands);
    Ok((
        Expr::Test(Test {
            name: name.clone(),
            relation,
        }),
        Program::Test(name, check),
    ))
}

fn check(relation: &Relation, operands: Vec<value::Operand>) -> Check {
    let mut all = operands;
    if matches!(relation, Relation::In(_) | Relation::Equal(_)) {
        return Check::Among(all);
    }
    let Some(own) = all.pop() else {
        return Check::Present;
    };
    match relation {
        Relation::Unequal(_) => Check::Unequal(own),
        Relation::Less(_) => Check::Ordered(std::cmp::Ordering::is_lt, own),
        Relation::AtMost(_) => Check::Ordered(std::cmp::Ordering::is_le, own),
        Relation::More(_) => Check::Ordered(std::cmp::Ordering::is_gt, own),
        Relation::AtLeast(_) => Check::Ordered(std::cmp::Ordering::is_ge, own),
        _ => Check::Contains(own),
    }
}

/// What the library says in several lines, in one.
fn pattern_error(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    let why = last.strip_prefix("error: ").unwrap_or(last);
    format!("Not a regular expression, {why}")
}

/// The name that a mistyped one may stand for: it begins alike.
fn nearest(word: &str) -> Option<Name> {
    let word = word.to_ascii_lowercase();
    let alike = |name: &Name| {
        let name = name.to_string();
        let start: String = word.chars().take(2).collect();
        name.starts_with(&start) || word.starts_with(&name)
    };
    Name::columns().find(alike)
}
