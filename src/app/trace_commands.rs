//! Commands of the trace list: the rows of a session, marks, columns, colours, kept filters.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::drafts::{ColourRulesDraft, Drafts};
use super::menu::Menu;
use crate::workbench::{Action, Move, Within, Workbench};

/// Something that concerns the list.
#[expect(missing_docs, reason = "`name` says what each does")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceCommand {
    PreviousInSession,
    NextInSession,
    FirstInSession,
    LastInSession,
    NextMark,
    PreviousMark,
    KeptFilters,
    Columns,
    ColourRules,
}

impl TraceCommand {
    /// All, in the order of menus and palette.
    pub const ALL: [Self; 9] = [
        Self::PreviousInSession,
        Self::NextInSession,
        Self::FirstInSession,
        Self::LastInSession,
        Self::NextMark,
        Self::PreviousMark,
        Self::KeptFilters,
        Self::Columns,
        Self::ColourRules,
    ];

    /// Name in menus and palette.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreviousInSession => "Previous row of the session",
            Self::NextInSession => "Next row of the session",
            Self::FirstInSession => "First row of the session",
            Self::LastInSession => "Last row of the session",
            Self::NextMark => "Next mark",
            Self::PreviousMark => "Previous mark",
            Self::KeptFilters => "Kept filters…",
            Self::Columns => "Columns of the trace…",
            Self::ColourRules => "Colour rules…",
        }
    }

    /// Menu and palette area.
    pub const fn menu(self) -> Menu {
        match self {
            Self::NextMark | Self::PreviousMark => Menu::Edit,
            Self::Columns | Self::ColourRules => Menu::View,
            _ => Menu::Trace,
        }
    }

    /// Keys that choose it.
    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        let (modifiers, key) = match self {
            Self::PreviousInSession => (Modifiers::ALT, Key::ArrowUp),
            Self::NextInSession => (Modifiers::ALT, Key::ArrowDown),
            Self::FirstInSession => (Modifiers::ALT, Key::Home),
            Self::LastInSession => (Modifiers::ALT, Key::End),
            Self::NextMark => (Modifiers::SHIFT, Key::M),
            Self::PreviousMark => (CTRL_SHIFT, Key::M),
            Self::KeptFilters | Self::Columns | Self::ColourRules => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Why it can't be chosen now.
    pub fn available(self, bench: &Workbench) -> Result<(), &'static str> {
        match self {
            Self::PreviousInSession
            | Self::NextInSession
            | Self::FirstInSession
            | Self::LastInSession => match bench.selected() {
                None => Err("Off, no row is selected"),
                Some(row) if bench.session_start(row).is_none() => {
                    Err("Off, the selected row is in no session")
                }
                Some(_) => Ok(()),
            },
            Self::NextMark | Self::PreviousMark if !bench.has_marks() => {
                Err("Off, no row is marked")
            }
            _ => Ok(()),
        }
    }

    /// Does it: pushes actions, or changes drafts.
    pub(super) fn perform(self, drafts: &mut Drafts, actions: &mut Vec<Action>) {
        let step = match self {
            Self::PreviousInSession => Move::InSession(Within::Previous),
            Self::NextInSession => Move::InSession(Within::Next),
            Self::FirstInSession => Move::InSession(Within::First),
            Self::LastInSession => Move::InSession(Within::Last),
            Self::NextMark => Move::Mark { back: false },
            Self::PreviousMark => Move::Mark { back: true },
            Self::KeptFilters => {
                drafts.kept_filters = true;
                return;
            }
            Self::Columns => {
                drafts.columns = true;
                return;
            }
            Self::ColourRules => {
                drafts.colour_rules = Some(ColourRulesDraft::default());
                return;
            }
        };
        actions.push(Action::MoveSelection(step));
    }
}
