//! The card as the trace knows it after the selected row, with what that row changed.

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::card::Aid;
use crate::card::known::{Entry, KnownCard, entries};
use crate::trace::known::CardView;
use crate::workbench::{Action, Workbench};

pub(super) fn panel_ui(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let view = bench.selected().and_then(|row| bench.card_at(row));
    let Some(view) = view else {
        widgets::empty(ui, text::KNOWN_EMPTY);
        return;
    };
    let palette = Palette::of(ui);
    let title = format!("After row {}", view.row);
    ui.label(RichText::new(title).font(theme::strong()).color(palette.t1));
    changes(&view, ui);
    if entries(&view.card).is_empty() {
        ui.label(RichText::new("Nothing is known of the card yet").color(palette.t2));
    }
    facts(bench, &view.card, &view, actions, ui);
    if !view.card.pending.whole {
        ui.label(RichText::new("Pending changes may be missing").color(palette.refusal));
    }
    if let Some(assumed) = &view.assumed {
        ui.add_space(6.0);
        widgets::section(ui, "If it is still the card from before the field went off");
        facts(bench, assumed, &view, actions, ui);
    }
}

fn changes(view: &CardView, ui: &mut Ui) {
    let palette = Palette::of(ui);
    for change in &view.changes {
        ui.label(RichText::new(change.to_string()).color(palette.accent));
    }
    if view.changes.is_empty() {
        ui.label(RichText::new("This row changed nothing").color(palette.t3));
    }
}

/// All facts, under a head for each application and file.
fn facts(
    bench: &Workbench,
    card: &KnownCard,
    view: &CardView,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let mut above = None;
    for entry in entries(card) {
        let place = (entry.path.aid, entry.path.file_no, entry.path.pending);
        if above != Some(place) {
            above = Some(place);
            widgets::section(ui, &head(bench, place));
        }
        line(&entry, view, actions, ui);
    }
}

fn head(bench: &Workbench, (aid, file_no, pending): (Option<Aid>, Option<u8>, bool)) -> String {
    let level = match aid {
        None => "Card".to_owned(),
        Some(aid) if aid.is_picc() => "PICC level".to_owned(),
        Some(aid) => format!("Application {}", bench.aid_text(aid)),
    };
    let file = file_no.map_or_else(String::new, |file_no| format!(", file {file_no:02X}"));
    let state = if pending { ", pending" } else { "" };
    format!("{level}{file}{state}")
}

fn line(entry: &Entry, view: &CardView, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let changed = view.changes.iter().any(|change| change.path == entry.path);
    ui.horizontal(|ui| {
        let (place, _) = ui.allocate_exact_size(vec2(108.0, ROW), Sense::hover());
        let color = if changed { palette.accent } else { palette.t2 };
        let mark = if changed { "• " } else { "" };
        let body = egui::TextStyle::Body.resolve(ui.style());
        let name = format!("{mark}{}", entry.path.item);
        ui.painter().with_clip_rect(place).text(
            place.left_center(),
            egui::Align2::LEFT_CENTER,
            name,
            body,
            color,
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(row) = entry.since
                && ui
                    .link(format!("row {row}"))
                    .on_hover_text("The row that told it")
                    .clicked()
            {
                actions.push(Action::GoToRow(row));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let value = RichText::new(&entry.value)
                    .font(theme::mono())
                    .color(palette.t1);
                let label = ui.add(egui::Label::new(value).truncate());
                label.on_hover_text(format!("{} {}", entry.path, entry.value));
            });
        });
    });
}
