//! The card as the trace knows it after the selected row, with what that row changed.

use std::sync::Arc;

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::card::Aid;
use crate::card::known::template::{TemplateReading, readings};
use crate::card::known::{Entry, KnownCard, entries};
use crate::trace::known::CardView;
use crate::workbench::{Action, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
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
    let kept = kept(bench, &view, drafts);
    let [now, before] = kept.as_ref();
    facts(bench, (&view.card, now), &view, actions, ui);
    if !view.card.pending.whole {
        ui.label(RichText::new("Pending changes may be missing").color(palette.refusal));
    }
    if let Some(assumed) = &view.assumed {
        ui.add_space(6.0);
        widgets::section(ui, "If it is still the card from before the field went off");
        facts(bench, (assumed, before), &view, actions, ui);
    }
    files_ui(bench, drafts, actions, ui);
}

/// The files read by templates: made when a row is selected, not in every frame, because files may be long.
fn kept(bench: &Workbench, view: &CardView, drafts: &mut Drafts) -> Arc<[Vec<TemplateReading>; 2]> {
    let (trace, rows) = (bench.trace_no(), bench.rows_no());
    let now = (trace, rows, bench.templates_no(), view.row);
    if let Some((_, own)) = drafts
        .template_readings
        .as_ref()
        .filter(|(of, _)| *of == now)
    {
        return own.clone();
    }
    let read = |card: &KnownCard| readings(card, bench.templates());
    let assumed = view.assumed.as_ref().map(read);
    let both = Arc::new([read(&view.card), assumed.unwrap_or_default()]);
    drafts.template_readings = Some((now, both.clone()));
    both
}

/// The files of templates: those that were loaded, and the example application's.
fn files_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.add_space(6.0);
    widgets::section(ui, "Record templates");
    for (place, (name, read)) in bench.template_files().enumerate() {
        ui.horizontal(|ui| {
            let remove = format!("Remove templates {name}");
            if widgets::icon_button(ui, Icon::Close, &remove).clicked() {
                actions.push(Action::RemoveTemplates(place));
            }
            ui.label(RichText::new(name).color(palette.t1));
            match read {
                Ok(count) => widgets::section(ui, &count.to_string()),
                Err(why) => {
                    ui.label(RichText::new(why).color(palette.wrong));
                }
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Example application, built in").color(palette.t2));
        if widgets::button(ui, "Load templates…", Ok(()))
            .on_hover_text(text::TEMPLATES_HELP)
            .clicked()
        {
            drafts.path = PathDraft {
                purpose: Some(PathPurpose::Templates),
                ..PathDraft::default()
            };
        }
    });
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
    (card, read): (&KnownCard, &[TemplateReading]),
    view: &CardView,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let mut above = None;
    for entry in entries(card) {
        let place = (entry.path.aid, entry.path.file_no, entry.path.pending);
        if above != Some(place) {
            templated(above, read, ui);
            above = Some(place);
            widgets::section(ui, &head(bench, place));
        }
        line(&entry, view, actions, ui);
    }
    templated(above, read, ui);
}

/// What a file's content means, under its facts; what is pending is not committed yet.
fn templated(place: Option<Place>, read: &[TemplateReading], ui: &mut Ui) {
    let Some((Some(aid), Some(file_no), false)) = place else {
        return;
    };
    let own = read.iter();
    for reading in own.filter(|reading| (reading.aid, reading.file_no) == (aid, file_no)) {
        let record = reading.record.map(|record| format!(", record {record}"));
        let title = format!("{}{}", reading.name, record.unwrap_or_default());
        let palette = Palette::of(ui);
        ui.label(RichText::new(title).font(theme::medium()).color(palette.t1));
        for field in &reading.fields {
            let value = field.value.as_deref().unwrap_or("unknown");
            ui.horizontal(|ui| {
                name_ui(ui, &field.name, palette.t2);
                let color = if field.value.is_some() {
                    palette.t1
                } else {
                    palette.t3
                };
                let text = RichText::new(value).font(theme::mono()).color(color);
                let label = ui.add(egui::Label::new(text).truncate());
                label.on_hover_text(format!("{} {value}", field.name));
            });
        }
    }
}

/// Level, file, and whether it is pending.
type Place = (Option<Aid>, Option<u8>, bool);

fn head(bench: &Workbench, (aid, file_no, pending): Place) -> String {
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
        let color = if changed { palette.accent } else { palette.t2 };
        let mark = if changed { "• " } else { "" };
        name_ui(ui, &format!("{mark}{}", entry.path.item), color);
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

/// A name in the first column.
fn name_ui(ui: &mut Ui, name: &str, color: egui::Color32) {
    let (place, _) = ui.allocate_exact_size(vec2(108.0, ROW), Sense::hover());
    let body = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().with_clip_rect(place).text(
        place.left_center(),
        egui::Align2::LEFT_CENTER,
        name,
        body,
        color,
    );
}
