//! Something about a message that the user should know.

use super::field::{Field, Place};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Hint,
    /// Something could not be checked or is unusual.
    Warning,
    /// Something is wrong.
    Error,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Hint];

    /// The name used in JSON rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A sentence about a message, with the field, the expected and the received value where they exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name for filters and tests, such as `command_mac`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub text: String,
    /// The field it is about.
    pub field: Option<String>,
    /// What the rules ask for.
    pub expected: Option<String>,
    /// What was there.
    pub got: Option<String>,
}

impl Finding {
    /// A finding without field and values.
    pub fn new(code: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            text: text.into(),
            field: None,
            expected: None,
            got: None,
        }
    }

    /// Shorthand for [`Severity::Error`].
    pub fn error(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, text)
    }

    /// Shorthand for [`Severity::Warning`].
    pub fn warning(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, text)
    }

    /// Shorthand for [`Severity::Hint`].
    pub fn hint(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Hint, text)
    }

    /// Names the field.
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds what the rules ask for and what was there.
    pub fn values(mut self, expected: impl Into<String>, got: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.got = Some(got.into());
        self
    }

    /// Place of its field in the field tree of its message: on the side that its code names, else on the first that has
    /// one. What is protected stands there twice, and the bytes that were checked are meant.
    pub fn place_in(&self, tree: &[Field]) -> Option<usize> {
        let name = self.field.as_deref()?;
        let side = self.code.split('_').next().unwrap_or_default();
        let own = tree.iter().enumerate();
        let own = own.filter(|(_, field)| field.name.eq_ignore_ascii_case(name));
        let rank = |(place, field): &(usize, &Field)| {
            let elsewhere = !field.path.starts_with(side);
            (elsewhere, field.place != Place::Framed, *place)
        };
        own.min_by_key(rank).map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, place: Place) -> Field {
        let name = path.split('.').next_back().unwrap_or_default();
        Field {
            path: path.into(),
            name: name.into(),
            value: String::new(),
            place,
            offset: 0,
            len: 1,
        }
    }

    #[test]
    fn a_finding_has_its_field_on_its_own_side() {
        let tree = [
            field("command.Data", Place::Plain),
            field("command.MAC", Place::Wire),
            field("command.MAC", Place::Framed),
            field("response.MAC", Place::Framed),
            field("response.status", Place::Wire),
        ];
        for (code, name, place) in [
            ("command_mac", "MAC", Some(2)),
            ("response_mac", "MAC", Some(3)),
            ("refused", "status", Some(4)),
            ("unread", "data", Some(0)),
            ("no_key", "key", None),
        ] {
            let finding = Finding::error(code, "x").field(name);
            assert_eq!(finding.place_in(&tree), place, "{code}");
        }
        assert_eq!(Finding::hint("command_mac", "x").place_in(&tree), None);
    }
}
