//! What commands do: they push actions, or change drafts.

use super::commands::Command;
use super::drafts::{self, Drafts, PathPurpose};
use crate::workbench::{
    Action, CardStart, CopyForm, Move, ReplayTarget, Setting, ThemeChoice, Workbench,
};

impl Command {
    /// Does it: pushes actions, or changes drafts. What only the shell can do is left to it.
    pub fn perform(self, bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>) {
        match self {
            Self::TopUp => actions.extend(amount(drafts).map(|amount| Action::TopUp { amount })),
            Self::Spend => actions.extend(amount(drafts).map(|amount| Action::Spend { amount })),
            Self::Personalise => actions.push(Action::Personalise),
            Self::ResetCard => actions.push(Action::ResetCard),
            Self::ListApplications => actions.push(Action::ListApplications),
            Self::NewCard => actions.push(Action::CreateCard(CardStart::Demo)),
            Self::NewBlankCard => actions.push(Action::CreateCard(CardStart::Blank)),
            Self::Connect => actions.push(Action::Connect),
            Self::Disconnect => actions.push(Action::Disconnect),
            Self::Lend => actions.push(Action::Lend(drafts.lend_to().to_owned())),
            Self::TakeBack => actions.push(Action::TakeBack),
            Self::OpenPort => drafts.port = Some(drafts::first_port()),
            Self::NewSession => actions.push(Action::NewSession),
            Self::Open => ask_path(drafts, PathPurpose::Open),
            Self::Save if bench.document().path.is_some() => {
                actions.push(Action::SaveSession(None));
            }
            Self::Save | Self::SaveAs => ask_path(drafts, PathPurpose::Save),
            Self::ImportKeys => ask_path(drafts, PathPurpose::ImportKeys),
            Self::ExportKeys => ask_path(drafts, PathPurpose::ExportKeys),
            Self::ReplayRecorded => actions.push(Action::Replay(ReplayTarget::Recorded)),
            Self::ReplayCard => actions.push(Action::Replay(ReplayTarget::Card)),
            Self::AddKey => drafts.key = new_key(),
            Self::Undo => actions.push(Action::Undo),
            Self::Redo => actions.push(Action::Redo),
            Self::Filter => drafts.filter.focus = true,
            Self::ClearFilter => actions.push(Action::Filter(String::new())),
            Self::SaveFilter => {
                actions.push(Action::SaveFilter(bench.filter_text().trim().to_owned()));
            }
            Self::Find => drafts.focus_find = true,
            Self::FindNext | Self::FindPrevious if drafts.find.trim().is_empty() => {
                drafts.focus_find = true;
            }
            Self::FindNext | Self::FindPrevious => actions.push(Action::Find {
                text: drafts.find.clone(),
                back: self == Self::FindPrevious,
            }),
            Self::NextFinding | Self::PreviousFinding => {
                to_finding(self == Self::PreviousFinding, bench, drafts, actions);
            }
            Self::FirstRow => actions.push(Action::MoveSelection(Move::First)),
            Self::LastRow => actions.push(Action::MoveSelection(Move::Last)),
            Self::ToggleMark => actions.push(Action::ToggleMark),
            Self::NoteRow => drafts.note = note(bench),
            Self::RepeatRow => drafts.repeat(bench, bench.selected()),
            Self::Follow => actions.push(Action::Follow(!bench.follow())),
            Self::GoToRow => drafts.go_to = Some(drafts::GoToDraft::default()),
            Self::CopyRow => actions.push(Action::CopyRow(CopyForm::Line)),
            Self::CopyAs => drafts.copying = true,
            Self::Cancel => actions.push(Action::Cancel),
            Self::FindKeys => actions.push(Action::FindKeys {
                row: None,
                dictionary: None,
            }),
            Self::Redecode => actions.push(Action::Redecode),
            Self::Settings => drafts.settings = !drafts.settings,
            Self::About => drafts.about = !drafts.about,
            Self::Palette => drafts.palette = Some(drafts::PaletteDraft::default()),
            Self::Help => drafts.help = !drafts.help,
            Self::ThemeDark => actions.push(Action::Set(Setting::Theme(ThemeChoice::Dark))),
            Self::ThemeLight => actions.push(Action::Set(Setting::Theme(ThemeChoice::Light))),
            Self::ThemeSystem => actions.push(Action::Set(Setting::Theme(ThemeChoice::System))),
            Self::ZoomIn => actions.push(zoom(bench, 0.1)),
            Self::ZoomOut => actions.push(zoom(bench, -0.1)),
            Self::ZoomReset => actions.push(Action::Set(Setting::Scale(1.0))),
            Self::Calculate(id) => drafts.calculator.show(id),
            Self::Trace(command) => command.perform(drafts, actions),
            Self::ResetPanels | Self::Show(_) | Self::Quit => {}
        }
    }
}

/// The form of a new key.
fn new_key() -> drafts::KeyDraft {
    drafts::KeyDraft {
        open: true,
        ..Default::default()
    }
}

/// Larger or smaller by a step.
fn zoom(bench: &Workbench, step: f32) -> Action {
    Action::Set(Setting::Scale(bench.settings().scale + step))
}

/// The note on the selected row, to be typed.
fn note(bench: &Workbench) -> Option<drafts::NoteDraft> {
    bench.selected().map(|row| drafts::NoteDraft {
        row,
        text: bench.note(row).unwrap_or_default().to_owned(),
        focused: false,
    })
}

/// Goes to the next finding, or to the one before, and marks its field.
fn to_finding(back: bool, bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>) {
    if let Some((row, finding)) = bench.next_finding(back) {
        drafts.mark(bench, row.index, finding);
        actions.push(Action::GoToRow(row.index));
    }
}

/// The amount typed in the toolbar, in cents; `None` when it is not one.
pub(super) fn amount(drafts: &Drafts) -> Option<i32> {
    let text = drafts.amount.trim().replace(',', ".");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    if cents.len() > 2
        || !cents.bytes().all(|digit| digit.is_ascii_digit())
        || !whole.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let whole: i32 = whole.parse().ok()?;
    let cents: i32 = format!("{cents:0<2}").parse().ok()?;
    whole
        .checked_mul(100)?
        .checked_add(cents)
        .filter(|amount| *amount > 0)
}

fn ask_path(drafts: &mut Drafts, purpose: PathPurpose) {
    drafts.path = drafts::PathDraft {
        purpose: Some(purpose),
        ..Default::default()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_cents() {
        let of = |text: &str| {
            amount(&Drafts {
                amount: text.into(),
                ..Drafts::default()
            })
        };
        assert_eq!(of("10.00"), Some(1000));
        assert_eq!(of("3,5"), Some(350));
        assert_eq!(of("7"), Some(700));
        for wrong in ["", "0", "-1", "1.234", "ten", "99999999999"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
