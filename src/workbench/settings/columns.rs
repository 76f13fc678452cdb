//! Which columns the list of the trace has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A column of the list, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceColumn {
    /// Number of the row.
    Number,
    /// Milliseconds since the first row.
    Time,
    /// Milliseconds since the authentication of the session.
    InSession,
    /// Milliseconds since the row before.
    Delta,
    /// Who talks.
    Lane,
    /// Selected application.
    App,
    /// Name of the command.
    Command,
    /// Key in use and communication mode.
    KeyAndMode,
    /// CmdCtr.
    Counter,
    /// What command and answer say in short.
    Parameters,
    /// Bytes on the wire, command and answer.
    Length,
    /// Status of the answer.
    Status,
    /// What the row comes to.
    Verdict,
}

impl TraceColumn {
    /// All columns, from left to right.
    pub const ALL: [Self; 13] = [
        Self::Number,
        Self::Time,
        Self::InSession,
        Self::Delta,
        Self::Lane,
        Self::App,
        Self::Command,
        Self::KeyAndMode,
        Self::Counter,
        Self::Parameters,
        Self::Length,
        Self::Status,
        Self::Verdict,
    ];

    /// The name in settings files.
    const fn id(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Time => "time",
            Self::InSession => "in_session",
            Self::Delta => "delta",
            Self::Lane => "lane",
            Self::App => "app",
            Self::Command => "command",
            Self::KeyAndMode => "key_and_mode",
            Self::Counter => "counter",
            Self::Parameters => "parameters",
            Self::Length => "length",
            Self::Status => "status",
            Self::Verdict => "verdict",
        }
    }

    /// Whether it is there before anybody chooses.
    const fn is_there_at_first(self) -> bool {
        !matches!(
            self,
            Self::Time | Self::InSession | Self::Counter | Self::Length
        )
    }

    /// Whether it can be hidden: a row without its command says nothing.
    pub const fn can_hide(self) -> bool {
        !matches!(self, Self::Command)
    }
}

/// Which columns are shown. Kept are those that are not as at first, so that a column of a later release appears as
/// that release means it, and a name that no longer exists is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Columns(BTreeSet<TraceColumn>);

impl Columns {
    /// With every column.
    pub fn all() -> Self {
        let columns = TraceColumn::ALL.into_iter();
        Self(
            columns
                .filter(|column| !column.is_there_at_first())
                .collect(),
        )
    }

    /// Whether a column is wanted.
    pub fn has(&self, column: TraceColumn) -> bool {
        column.is_there_at_first() != self.0.contains(&column) || !column.can_hide()
    }

    /// Shows or hides a column.
    pub(super) fn set(&mut self, column: TraceColumn, shown: bool) {
        if shown == column.is_there_at_first() || !column.can_hide() {
            self.0.remove(&column);
        } else {
            self.0.insert(column);
        }
    }
}

impl From<Vec<String>> for Columns {
    fn from(names: Vec<String>) -> Self {
        let known = |name: &String| {
            let mut all = TraceColumn::ALL.into_iter();
            all.find(|column| column.id() == name)
        };
        Self(names.iter().filter_map(known).collect())
    }
}

impl From<Columns> for Vec<String> {
    fn from(columns: Columns) -> Self {
        let ids = columns.0.into_iter().map(TraceColumn::id);
        ids.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_hidden_shown_and_kept_by_name() {
        let mut columns = Columns::default();
        assert!(columns.has(TraceColumn::Lane) && !columns.has(TraceColumn::Length));
        columns.set(TraceColumn::Lane, false);
        columns.set(TraceColumn::Length, true);
        columns.set(TraceColumn::Command, false);
        assert!(!columns.has(TraceColumn::Lane) && columns.has(TraceColumn::Length));
        assert!(columns.has(TraceColumn::Command), "a row needs its command");
        let kept: Vec<String> = columns.clone().into();
        assert_eq!(kept, ["lane", "length"]);
        assert_eq!(Columns::from(kept), columns);
        columns.set(TraceColumn::Lane, true);
        columns.set(TraceColumn::Length, false);
        assert_eq!(columns, Columns::default());
        assert!(TraceColumn::ALL.iter().all(|one| Columns::all().has(*one)));
    }

    #[test]
    fn names_of_another_release_are_left_out() {
        let names = ["lane", "colour", "command"].map(str::to_owned);
        let columns = Columns::from(names.to_vec());
        assert!(!columns.has(TraceColumn::Lane) && columns.has(TraceColumn::Command));
    }
}
