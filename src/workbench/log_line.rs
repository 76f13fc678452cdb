//! What the program logged, for its panel: the last lines only.

use std::collections::VecDeque;

/// How much a line matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something the user should look at.
    Warning,
    /// What was done.
    #[default]
    Info,
    /// Everything else.
    Debug,
}

impl LogLevel {
    /// All, the most important first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Info, Self::Debug];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Info => "Info",
            Self::Debug => "Debug",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// Time, place in the program and message; never a secret.
    pub text: String,
}

/// The last lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLines {
    lines: VecDeque<LogLine>,
}

impl LogLines {
    /// How many lines are kept.
    pub const MOST: usize = 1000;

    /// The lines, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter()
    }

    pub(super) fn push(&mut self, line: LogLine) {
        if self.lines.len() == Self::MOST {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
    }
}
