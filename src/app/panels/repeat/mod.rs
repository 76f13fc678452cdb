//! A row once more: its command edited, sent in the present session, and both answers one over the other.

mod answers;
mod editor;

use eframe::egui::{self, ComboBox, RichText, Ui};

use crate::apdu::Family;
use crate::app::drafts::Drafts;
use crate::app::repeats::{RepeatDraft, RepeatDrafts};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::workbench::{Action, Repeat, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let own = &mut drafts.repeats;
    own.follow(bench);
    let Some(row) = own.shown else {
        empty(bench, own, ui);
        return;
    };
    let base = match bench.repeat_of(row) {
        Ok(base) => base,
        Err(why) => {
            subject(bench, own, row, ui);
            ui.label(RichText::new(why).color(Palette::of(ui).t2));
            return;
        }
    };
    head(bench, own, &base, actions, ui);
    session(bench, &base, actions, ui);
    if let Some(draft) = own.get_mut(row) {
        editor::editor_ui(draft, &base, bench, ui);
    }
    answers::answers_ui(bench, row, actions, ui);
}

fn empty(bench: &Workbench, own: &mut RepeatDrafts, ui: &mut Ui) {
    widgets::empty(ui, text::REPEAT_EMPTY);
    let selected = bench.selected();
    let name = selected.map_or_else(|| "Repeat row".into(), |row| format!("Repeat row {row}"));
    ui.vertical_centered(|ui| {
        if widgets::button(ui, &name, bench.can_repeat()).clicked()
            && let Some(row) = selected
        {
            own.open(bench, row);
        }
    });
}

fn title(bench: &Workbench, row: usize) -> String {
    let name = bench.rows().get(row).map_or("", |row| row.name());
    format!("Row {row}, {name}")
}

/// The row, and the choice among those that have a draft.
fn subject(bench: &Workbench, own: &mut RepeatDrafts, row: usize, ui: &mut Ui) {
    let rows = own.rows();
    let strong = RichText::new(title(bench, row))
        .font(theme::strong())
        .color(Palette::of(ui).t1);
    if rows.len() < 2 {
        ui.label(strong);
        return;
    }
    let choice = ComboBox::from_id_salt("repeated row")
        .selected_text(strong)
        .show_ui(ui, |ui| {
            for one in rows {
                let chosen = ui.selectable_label(one == row, title(bench, one));
                if chosen.clicked() {
                    own.shown = Some(one);
                }
            }
        });
    choice.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, title(bench, row))
    });
    choice.response.on_hover_text("Rows that are being edited");
}

/// What is sent, and the button that does it.
fn head(
    bench: &Workbench,
    own: &mut RepeatDrafts,
    base: &Repeat,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        subject(bench, own, base.row, ui);
        let Some(draft) = own.get_mut(base.row) else {
            return;
        };
        let edited = editor::complete(draft, base, bench);
        let can = edited
            .as_ref()
            .map(|_| ())
            .map_err(|error| format!("Off, {error}"))
            .and_then(|()| bench.can_send().map_err(str::to_owned));
        let can = can.as_ref().copied().map_err(String::as_str);
        let asks = edited
            .as_ref()
            .is_ok_and(|edited| bench.erases(edited).is_some());
        let name = if asks { "Send…" } else { "Send" };
        let send = widgets::primary_button(ui, name, can);
        if send.on_hover_text(text::REPEAT_HELP).clicked()
            && let Ok(edited) = &edited
        {
            if asks {
                asked = Some(edited.clone());
            } else {
                actions.push(Action::Repeat(Box::new(edited.clone())));
            }
        }
        let can = match &edited {
            Ok(edited) if edited == base => Err("Off, nothing was edited"),
            _ => Ok(()),
        };
        if widgets::button(ui, "Reset to row", can).clicked() {
            *draft = RepeatDraft::of(base);
        }
    });
    if asked.is_some() {
        own.asked = asked;
    }
    if let Some(warning) = base.warning() {
        ui.label(RichText::new(warning).color(Palette::of(ui).refusal));
    }
}

/// The session that protects the command, and what is another one at the row.
fn session(bench: &Workbench, base: &Repeat, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    if base.frame.family == Family::Reader {
        ui.label(RichText::new("The reader answers this itself").color(palette.t2));
        return;
    }
    match bench.standing_differs(base.row) {
        Some(differs) => ui.label(RichText::new(differs).color(palette.refusal)),
        None => ui.label(RichText::new(bench.standing_text()).color(palette.t2)),
    };
    if let Some(way) = bench.authenticate_as(base.row) {
        let name = format!("Authenticate as in row {} first", base.row);
        let can = way.as_ref().map(|_| ()).map_err(String::as_str);
        if widgets::button(ui, &name, can).clicked()
            && let Ok((aid, key_no)) = way
        {
            actions.push(Action::Authenticate { aid, key_no });
        }
    }
}
