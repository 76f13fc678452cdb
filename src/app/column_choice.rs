//! Which columns the trace has: the menu of its heads, and the same as a window.

use eframe::egui::{Key, RichText, Ui};

use super::drafts::Drafts;
use super::theme::Palette;
use super::{dialogs, widgets};
use crate::workbench::{Action, Columns, Setting, TraceColumn, Workbench};

/// The name in menus.
const fn name(column: TraceColumn) -> &'static str {
    match column {
        TraceColumn::Number => "Number of the row",
        TraceColumn::Time => "Time since the first row",
        TraceColumn::InSession => "Time since the session's authentication",
        TraceColumn::Delta => "Time since the row before",
        TraceColumn::Lane => "Lane",
        TraceColumn::App => "Application",
        TraceColumn::Command => "Command",
        TraceColumn::KeyAndMode => "Key and mode",
        TraceColumn::Counter => "Counter, CmdCtr",
        TraceColumn::Parameters => "Parameters",
        TraceColumn::Length => "Length on the wire, command and answer",
        TraceColumn::Status => "Status",
        TraceColumn::Verdict => "Verdict",
    }
}

/// The hover text of a head.
pub(super) fn hint(column: TraceColumn) -> String {
    if column.can_hide() {
        format!("{}. Ctrl+click hides it", name(column))
    } else {
        name(column).to_owned()
    }
}

/// All columns with check marks. `fit`: those that fit, when that is known.
pub(super) fn choice_ui(
    bench: &Workbench,
    fit: Option<&[TraceColumn]>,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let settings = bench.settings();
    let mut set = Vec::new();
    for column in TraceColumn::ALL {
        let mut on = settings.columns.has(column);
        let is_out = on && fit.is_some_and(|fit| !fit.contains(&column));
        let text = if is_out {
            RichText::new(format!("{}, no room now", name(column))).color(Palette::of(ui).t2)
        } else {
            RichText::new(name(column))
        };
        let check = eframe::egui::Checkbox::new(&mut on, text);
        let check = ui.add_enabled(column.can_hide(), check);
        if check
            .on_disabled_hover_text("Off, a row says nothing without its command")
            .changed()
        {
            set.push(Setting::Column(column, on));
        }
    }
    ui.separator();
    let is = |columns: &Columns| settings.columns == *columns;
    let can = |there: bool, why| if there { Err(why) } else { Ok(()) };
    let all = can(is(&Columns::all()), "Off, all columns are shown");
    if widgets::button(ui, "Show all columns", all).clicked() {
        set.push(Setting::Columns(Columns::all()));
    }
    let first = can(is(&Columns::default()), "Off, the columns are as at first");
    if widgets::button(ui, "Columns as at first", first).clicked() {
        set.push(Setting::Columns(Columns::default()));
    }
    actions.extend(set.into_iter().map(Action::Set));
}

/// The window, when it is open.
pub(super) fn window_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if !drafts.columns {
        return;
    }
    let mut close = ui.input(|input| input.key_pressed(Key::Escape));
    dialogs::window(ui, "Columns of the trace", |ui| {
        choice_ui(bench, None, actions, ui);
        ui.add_space(6.0);
        close |= widgets::primary_button(ui, "Close columns", Ok(())).clicked();
    });
    drafts.columns = !close;
}
