//! The filter as a tree, and its text.

use std::fmt;

use super::lexer;
use super::name::Name;

/// A filter or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// One of them holds; at least two.
    Or(Vec<Expr>),
    /// All of them hold; at least two.
    And(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// One question about a row.
    Test(Test),
}

/// One question about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it asks about.
    pub name: Name,
    /// How, and with what.
    pub relation: Relation,
}

/// What is asked about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The row has it.
    Present,
    /// `==`
    Equal(Literal),
    /// `!=`
    Unequal(Literal),
    /// `<`
    Less(Literal),
    /// `<=`
    AtMost(Literal),
    /// `>`
    More(Literal),
    /// `>=`
    AtLeast(Literal),
    /// The value stands in it.
    Contains(Literal),
    /// The regular expression fits somewhere in it.
    Matches(Literal),
    /// It is one of these; at least one.
    In(Vec<Literal>),
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Without quotes.
    pub text: String,
    /// Whether it stood in quotes: then it is never a number.
    pub quoted: bool,
}

impl Literal {
    /// A value that needs no quotes where it is a word.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            quoted: !lexer::is_word(&text),
            text,
        }
    }
}

/// A relation's spelling, and what makes it of its value.
type Spelt = (&'static str, fn(Literal) -> Relation);

/// The relations with one value, as they are written.
pub(super) const RELATIONS: [Spelt; 8] = [
    ("==", Relation::Equal),
    ("!=", Relation::Unequal),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Less),
    (">", Relation::More),
    ("contains", Relation::Contains),
    ("matches", Relation::Matches),
];

impl Expr {
    /// All questions of the filter.
    pub fn tests(&self) -> Box<dyn Iterator<Item = &Test> + '_> {
        match self {
            Self::Or(parts) | Self::And(parts) => Box::new(parts.iter().flat_map(Self::tests)),
            Self::Not(part) => part.tests(),
            Self::Test(test) => Box::new(std::iter::once(test)),
        }
    }

    const fn joins(&self) -> bool {
        matches!(self, Self::Or(_) | Self::And(_))
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, part: &Self, enclosed: bool| {
            if enclosed {
                write!(f, "({part})")
            } else {
                write!(f, "{part}")
            }
        };
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (place, own) in parts.iter().enumerate() {
                if place > 0 {
                    write!(f, " {word} ")?;
                }
                part(f, own, own.joins())?;
            }
            Ok(())
        };
        match self {
            Self::Or(parts) => joined(f, parts, "or"),
            Self::And(parts) => joined(f, parts, "and"),
            Self::Not(own) => {
                write!(f, "not ")?;
                part(f, own, own.joins())
            }
            Self::Test(test) => write!(f, "{}{}", test.name, test.relation),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => Ok(()),
            Self::Equal(value) => write!(f, " == {value}"),
            Self::Unequal(value) => write!(f, " != {value}"),
            Self::Less(value) => write!(f, " < {value}"),
            Self::AtMost(value) => write!(f, " <= {value}"),
            Self::More(value) => write!(f, " > {value}"),
            Self::AtLeast(value) => write!(f, " >= {value}"),
            Self::Contains(value) => write!(f, " contains {value}"),
            Self::Matches(value) => write!(f, " matches {value}"),
            Self::In(values) => {
                write!(f, " in {{")?;
                for (place, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if place > 0 { ", " } else { "" })?;
                }
                write!(f, "}}")
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted {
            let text = self.text.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "\"{text}\"")
        } else {
            f.write_str(&self.text)
        }
    }
}
