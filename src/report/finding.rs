//! Something about a message that the user should know.

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
}
