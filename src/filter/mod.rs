//! The display filter of the trace: which rows to show.
//!
//! ```text
//! filter   = both { ("or" | "||") both }
//! both     = not { ("and" | "&&") not }
//! not      = ("not" | "!") not | "(" filter ")" | test
//! test     = name                                     the row has it, such as `note` or `command.AID`
//!          | name relation value
//!          | name "in" "{" value { "," value } "}"
//!          | quoted                                   short for `text contains quoted`
//! relation = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "matches"
//! value    = word | quoted                            a word has letters, digits and `_ . : - #`
//! quoted   = '"' { character | '\"' | '\\' } '"'
//! ```
//! Names are those of [`Name`]: the columns of the trace, and every path of the field tree. Values are written as the
//! columns print them: decimal for row, time, Δt and counter, hexadecimal for codes, file numbers and identifiers, with
//! `0x` always hexadecimal. Words are compared without regard to case. `matches` takes a regular expression.
//!
//! A relation on something that a row does not have is false, also `!=`; `not` turns that round.

mod complete;
mod evaluate;
mod expr;
mod lexer;
mod name;
mod parse;
mod value;

pub use complete::{Choice, Completion, Vocabulary, complete};
pub use evaluate::{Subject, Walk};
pub use expr::{Expr, Literal, Relation, Test};
pub use name::{Kind, Name};
pub use parse::FilterError;

/// A filter that can be asked about rows. Printing it gives a text that reads as the same filter.
#[derive(Clone, Debug)]
pub struct Filter {
    expr: Expr,
    program: evaluate::Program,
}

impl Filter {
    /// Reads a filter; `None` for a text of blanks, which lets everything pass.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        parse::parse(text).map(|(expr, program)| Some(Self { expr, program }))
    }

    /// The filter as a tree.
    pub const fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Whether a row passes.
    pub fn passes(&self, subject: &Subject<'_>) -> bool {
        self.program.passes(subject)
    }

    /// Whether it looks into the field tree or through texts, which costs some hundred times more than the columns.
    pub fn is_heavy(&self) -> bool {
        self.expr.tests().any(|test| test.name.is_heavy())
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.expr.fmt(f)
    }
}
