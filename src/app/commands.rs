//! Commands of menus, shortcuts and palette: one enum feeds all three.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::menu::Menu;
use super::panels::Panel;
use super::trace_commands::TraceCommand;
use crate::calculator::{self, TOPICS};
use crate::workbench::{CopyForm, Reader, Workbench};

/// Something that can be chosen by name.
#[expect(missing_docs, reason = "`name` says what each does")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    TopUp,
    Spend,
    Personalise,
    ResetCard,
    ListApplications,
    NewCard,
    NewBlankCard,
    Connect,
    Disconnect,
    Lend,
    TakeBack,
    OpenPort,
    NewSession,
    Open,
    Save,
    SaveAs,
    ReplayRecorded,
    ReplayCard,
    ImportKeys,
    ExportKeys,
    FindKeys,
    AddKey,
    Undo,
    Redo,
    Filter,
    ClearFilter,
    SaveFilter,
    Find,
    FindNext,
    FindPrevious,
    NextFinding,
    PreviousFinding,
    FirstRow,
    LastRow,
    ToggleMark,
    NoteRow,
    RepeatRow,
    Follow,
    GoToRow,
    CopyRow,
    CopyAs,
    Cancel,
    Redecode,
    Palette,
    Help,
    Settings,
    About,
    ThemeDark,
    ThemeLight,
    ThemeSystem,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    ResetPanels,
    Show(Panel),
    Calculate(&'static str),
    Trace(TraceCommand),
    Quit,
}

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

impl Command {
    /// All commands.
    pub fn all() -> Vec<Self> {
        use Command as C;
        let mut all = vec![
            C::NewSession,
            C::Open,
            C::Save,
            C::SaveAs,
            C::ImportKeys,
            C::ExportKeys,
            C::Settings,
            C::Quit,
            C::Undo,
            C::Redo,
            C::AddKey,
            C::Filter,
            C::ClearFilter,
            C::SaveFilter,
            C::Find,
            C::FindNext,
            C::FindPrevious,
            C::NextFinding,
            C::PreviousFinding,
            C::FirstRow,
            C::LastRow,
            C::GoToRow,
            C::ToggleMark,
            C::NoteRow,
            C::RepeatRow,
            C::Follow,
            C::CopyRow,
            C::CopyAs,
            C::ReplayRecorded,
            C::ReplayCard,
            C::FindKeys,
            C::Redecode,
            C::Cancel,
            C::TopUp,
            C::Spend,
            C::Personalise,
            C::ListApplications,
            C::ResetCard,
            C::NewCard,
            C::NewBlankCard,
            C::Connect,
            C::Disconnect,
            C::Lend,
            C::TakeBack,
            C::OpenPort,
            C::ThemeDark,
            C::ThemeLight,
            C::ThemeSystem,
            C::ZoomIn,
            C::ZoomOut,
            C::ZoomReset,
            C::ResetPanels,
            C::Palette,
            C::Help,
            C::About,
        ];
        let beside = all.iter().position(|command| *command == C::GoToRow);
        let beside = beside.unwrap_or_default();
        all.splice(beside..beside, TraceCommand::ALL.map(C::Trace));
        all.extend(Panel::ALL.map(C::Show));
        all.extend(TOPICS.iter().map(|topic| C::Calculate(topic.id)));
        all
    }

    /// Name in menus and palette.
    pub fn name(self) -> String {
        match self {
            Self::TopUp => "Top up".into(),
            Self::Spend => "Spend".into(),
            Self::Personalise => "Personalise the card".into(),
            Self::ResetCard => "Reset the card".into(),
            Self::ListApplications => "List applications and files".into(),
            Self::NewCard => "New embedded card".into(),
            Self::NewBlankCard => "New blank embedded card".into(),
            Self::Connect => "Connect to the card".into(),
            Self::Disconnect => "Disconnect from the card".into(),
            Self::Lend => "Lend the card to programs, or tap it".into(),
            Self::TakeBack => "Take the card back, end the tap".into(),
            Self::OpenPort => "Open a port for remote cards".into(),
            Self::NewSession => "New session".into(),
            Self::Open => "Open…".into(),
            Self::Save => "Save".into(),
            Self::SaveAs => "Save as…".into(),
            Self::ReplayRecorded => "Replay on the recorded answers".into(),
            Self::ReplayCard => "Replay on a virtual card".into(),
            Self::ImportKeys => "Import keys…".into(),
            Self::ExportKeys => "Export keys…".into(),
            Self::FindKeys => "Find keys for all authentications".into(),
            Self::AddKey => "Add key…".into(),
            Self::Undo => "Undo".into(),
            Self::Redo => "Redo".into(),
            Self::Filter => "Filter the trace".into(),
            Self::ClearFilter => "Clear the filter".into(),
            Self::SaveFilter => "Keep the filter, or forget it".into(),
            Self::Find => "Find in the trace".into(),
            Self::FindNext => "Find next".into(),
            Self::FindPrevious => "Find previous".into(),
            Self::NextFinding => "Next finding".into(),
            Self::PreviousFinding => "Previous finding".into(),
            Self::FirstRow => "First row".into(),
            Self::LastRow => "Last row".into(),
            Self::ToggleMark => "Mark row".into(),
            Self::NoteRow => "Note on row…".into(),
            Self::RepeatRow => "Repeat row".into(),
            Self::Follow => "Follow new rows".into(),
            Self::GoToRow => "Go to row…".into(),
            Self::CopyRow => CopyForm::Line.name().into(),
            Self::CopyAs => "Copy as…".into(),
            Self::Cancel => "Cancel the running work".into(),
            Self::Redecode => "Decode again with the present keys".into(),
            Self::Settings => "Settings…".into(),
            Self::About => "About Tapscope…".into(),
            Self::Palette => "All commands…".into(),
            Self::Help => "Help".into(),
            Self::ThemeDark => "Dark theme".into(),
            Self::ThemeLight => "Light theme".into(),
            Self::ThemeSystem => "Theme of the system".into(),
            Self::ZoomIn => "Larger".into(),
            Self::ZoomOut => "Smaller".into(),
            Self::ZoomReset => "Normal size".into(),
            Self::ResetPanels => "Reset the panels".into(),
            Self::Show(panel) => format!("Show {}", panel.title()),
            Self::Calculate(id) => {
                let title = calculator::topic(id).map_or(id, |topic| topic.title);
                format!("Calculator: {title}")
            }
            Self::Trace(command) => command.name().into(),
            Self::Quit => "Quit".into(),
        }
    }

    /// Menu and palette area.
    pub const fn menu(self) -> Menu {
        match self {
            Self::NewSession
            | Self::Open
            | Self::Save
            | Self::SaveAs
            | Self::ImportKeys
            | Self::ExportKeys
            | Self::Settings
            | Self::Quit => Menu::File,
            Self::Undo
            | Self::Redo
            | Self::AddKey
            | Self::ToggleMark
            | Self::NoteRow
            | Self::CopyRow
            | Self::CopyAs => Menu::Edit,
            Self::ThemeDark
            | Self::ThemeLight
            | Self::ThemeSystem
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::ZoomReset
            | Self::ResetPanels
            | Self::Show(_) => Menu::View,
            Self::Filter
            | Self::ClearFilter
            | Self::SaveFilter
            | Self::Find
            | Self::FindNext
            | Self::FindPrevious
            | Self::NextFinding
            | Self::PreviousFinding
            | Self::FirstRow
            | Self::LastRow
            | Self::GoToRow
            | Self::RepeatRow
            | Self::Follow
            | Self::FindKeys
            | Self::Cancel
            | Self::Redecode
            | Self::ReplayRecorded
            | Self::ReplayCard => Menu::Trace,
            Self::TopUp
            | Self::Spend
            | Self::Personalise
            | Self::ResetCard
            | Self::ListApplications
            | Self::NewCard
            | Self::NewBlankCard
            | Self::Connect
            | Self::Disconnect
            | Self::Lend
            | Self::TakeBack
            | Self::OpenPort => Menu::Card,
            Self::Calculate(_) => Menu::Tools,
            Self::Palette | Self::Help | Self::About => Menu::Help,
            Self::Trace(command) => command.menu(),
        }
    }

    /// Keys that choose it.
    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::TopUp => (Modifiers::COMMAND, Key::T),
            Self::Spend => (CTRL_SHIFT, Key::T),
            Self::Open => (Modifiers::COMMAND, Key::O),
            Self::Save => (Modifiers::COMMAND, Key::S),
            Self::SaveAs => (CTRL_SHIFT, Key::S),
            Self::NewSession => (Modifiers::COMMAND, Key::N),
            Self::ReplayRecorded => (Modifiers::NONE, Key::F5),
            Self::ReplayCard => (Modifiers::SHIFT, Key::F5),
            Self::AddKey => (Modifiers::COMMAND, Key::K),
            Self::Undo => (Modifiers::COMMAND, Key::Z),
            Self::Redo => (Modifiers::COMMAND, Key::Y),
            Self::Filter => (Modifiers::COMMAND, Key::L),
            Self::Find => (Modifiers::COMMAND, Key::F),
            Self::FindNext => (Modifiers::NONE, Key::F3),
            Self::FindPrevious => (Modifiers::SHIFT, Key::F3),
            Self::NextFinding => (Modifiers::NONE, Key::F8),
            Self::PreviousFinding => (Modifiers::SHIFT, Key::F8),
            Self::FirstRow => (Modifiers::COMMAND, Key::Home),
            Self::LastRow => (Modifiers::COMMAND, Key::End),
            Self::ToggleMark => (Modifiers::NONE, Key::M),
            Self::NoteRow => (Modifiers::NONE, Key::N),
            Self::RepeatRow => (CTRL_SHIFT, Key::R),
            Self::GoToRow => (Modifiers::COMMAND, Key::G),
            Self::CopyRow => (Modifiers::COMMAND, Key::C),
            Self::CopyAs => (CTRL_SHIFT, Key::C),
            Self::Settings => (Modifiers::COMMAND, Key::Comma),
            Self::Palette => (CTRL_SHIFT, Key::P),
            Self::Help => (Modifiers::NONE, Key::F1),
            Self::ZoomIn => (Modifiers::COMMAND, Key::Plus),
            Self::ZoomOut => (Modifiers::COMMAND, Key::Minus),
            Self::ZoomReset => (Modifiers::COMMAND, Key::Num0),
            Self::Quit => (Modifiers::COMMAND, Key::Q),
            Self::Show(panel) => (Modifiers::COMMAND, panel.key()),
            Self::Trace(command) => return command.shortcut(),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Why it can't be chosen now.
    pub fn available(self, bench: &Workbench) -> Result<(), &'static str> {
        match self {
            Self::TopUp
            | Self::Spend
            | Self::Personalise
            | Self::ListApplications
            | Self::ResetCard => bench.can_send(),
            Self::Connect => reader(bench).and_then(Reader::can_connect),
            Self::Disconnect => reader(bench).and_then(Reader::can_disconnect),
            Self::Lend => reader(bench).and_then(Reader::can_lend),
            Self::TakeBack => reader(bench).and_then(Reader::can_take_back),
            Self::ReplayRecorded | Self::ReplayCard => bench.can_replay(),
            Self::Save
            | Self::SaveAs
            | Self::Filter
            | Self::Find
            | Self::FindNext
            | Self::FindPrevious
            | Self::FirstRow
            | Self::LastRow
            | Self::GoToRow
                if bench.rows().is_empty() =>
            {
                Err("Off, the trace is empty")
            }
            Self::NextFinding | Self::PreviousFinding
                if bench.log().findings().remarkable().is_empty() =>
            {
                Err("Off, no row has a finding above a hint")
            }
            Self::ToggleMark | Self::NoteRow | Self::CopyRow | Self::CopyAs
                if bench.selected().is_none() =>
            {
                Err("Off, no row is selected")
            }
            Self::Cancel if bench.progress().is_none() => Err("Off, nothing runs that takes long"),
            Self::RepeatRow => bench.can_repeat(),
            Self::FindKeys => bench.can_search(),
            Self::Redecode if !bench.is_stale() => Err("Off, all rows are up to date"),
            Self::ClearFilter | Self::SaveFilter if !bench.is_filtered() => {
                Err("Off, no filter is in force")
            }
            Self::Trace(command) => command.available(bench),
            Self::Undo if !bench.can_undo() => Err("Off, nothing was edited"),
            Self::Redo if !bench.can_redo() => Err("Off, nothing was taken back"),
            _ => Ok(()),
        }
    }
}

/// The chosen reader.
fn reader(bench: &Workbench) -> Result<&Reader, &'static str> {
    bench.reader().ok_or("Off, there is no reader")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_shortcut_and_all_have_a_name() {
        let mut seen: Vec<(KeyboardShortcut, String)> = Vec::new();
        for command in Command::all() {
            assert!(!command.name().is_empty());
            if let Some(shortcut) = command.shortcut() {
                let twin = seen.iter().find(|(other, _)| *other == shortcut);
                assert!(twin.is_none(), "{} and {twin:?}", command.name());
                seen.push((shortcut, command.name()));
            }
        }
    }
}
