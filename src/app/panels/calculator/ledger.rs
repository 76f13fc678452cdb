//! Lines of a transaction out of a form, or all of them out of the trace.

use eframe::egui::{self, RichText, Ui};

use super::state::{Origin, Page};
use crate::app::theme::Palette;
use crate::app::widgets;
use crate::calculator::ledger::{FORMS, Form, PartKind};
use crate::calculator::open::{self, Way};
use crate::workbench::Workbench;

/// Width of the labels beside the values.
const LABEL: f32 = 64.0;
/// What a line does not say stays when a transaction of the trace takes the place of the inputs.
const KEPT: [&str; 2] = ["key", "uid"];

/// What is typed for the next line.
#[derive(Debug, Default)]
pub(super) struct LedgerDraft {
    form: usize,
    values: Vec<String>,
    answer: String,
    error: Option<String>,
    /// The transaction of the selected row, worked out once for state of the rows and row.
    found: Option<((u64, usize), Option<Way>)>,
}

/// Draws the form above the lines of a field.
pub(super) fn form_ui(bench: &Workbench, field: &str, page: &mut Page, ui: &mut Ui) {
    let Some(form) = FORMS.get(page.ledger.form).or(FORMS.first()) else {
        return;
    };
    choose(form, &mut page.ledger, ui);
    let draft = &mut page.ledger;
    draft.values.resize(form.parts.len(), String::new());
    let mut wants = false;
    for (part, value) in form.parts.iter().zip(&mut draft.values) {
        wants |= value_ui(part.label, hint(part.kind), value, ui);
    }
    wants |= value_ui("Answer", "can be left out", &mut draft.answer, ui);
    ui.horizontal(|ui| {
        wants |= widgets::button(ui, "Add line", Ok(())).clicked();
        from_trace(bench, page, ui);
    });
    if wants {
        add(form, field, page);
    }
    if let Some(error) = &page.ledger.error {
        widgets::complaint(ui, error);
    }
}

fn choose(form: &Form, draft: &mut LedgerDraft, ui: &mut Ui) {
    let list = egui::ComboBox::from_id_salt("operation")
        .selected_text(form.title)
        .width(ui.available_width().min(260.0))
        .height(400.0)
        .show_ui(ui, |ui| {
            for (place, other) in FORMS.iter().enumerate() {
                let chosen = other.name == form.name;
                if ui.selectable_label(chosen, other.title).clicked() && !chosen {
                    draft.form = place;
                    draft.values.clear();
                    draft.error = None;
                }
            }
        });
    list.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, "Operation")
    });
}

/// A value beside its label; whether it was ended with Enter.
fn value_ui(label: &str, hint: &str, value: &mut String, ui: &mut Ui) -> bool {
    ui.horizontal(|ui| {
        let text = RichText::new(label).color(Palette::of(ui).t2);
        let size = egui::vec2(LABEL, ui.spacing().interact_size.y);
        let left = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(size, left, |ui| {
            ui.set_min_width(LABEL);
            ui.label(text);
        });
        let width = ui.available_width();
        let response = widgets::field(ui, label, value, hint, width);
        response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
    })
    .inner
}

const fn hint(kind: PartKind) -> &'static str {
    match kind {
        PartKind::File => "0 to 31",
        PartKind::Number | PartKind::Amount => "number",
        PartKind::Data => "bytes",
        PartKind::ReaderId => "16 bytes",
        PartKind::Aid => "3 bytes, most significant first",
        PartKind::FileKind => "tmac, or records and size",
    }
}

/// Appends the line; what is wrong with it stays under the form.
fn add(form: &Form, field: &str, page: &mut Page) {
    let draft = &mut page.ledger;
    let values: Vec<&str> = draft.values.iter().map(|value| value.trim()).collect();
    let line = match form.line(&values, &draft.answer) {
        Ok(line) => line,
        Err(error) => {
            draft.error = Some(error);
            return;
        }
    };
    draft.error = None;
    draft.values.clear();
    draft.answer.clear();
    let text = page.text(field).trim_end();
    let text = if text.is_empty() {
        line
    } else {
        format!("{text}\n{line}")
    };
    // Each line is a step back of its own.
    page.set_anew(field, text);
}

/// Takes the transaction of the selected row.
fn from_trace(bench: &Workbench, page: &mut Page, ui: &mut Ui) {
    let can = match bench.selected() {
        None => Err("Off, no row of the trace is selected"),
        Some(row) if found(bench, row, page).is_none() => {
            Err("Off, the selected row is not an operation of a transaction")
        }
        Some(row) => Ok(row),
    };
    let button = widgets::button(ui, "From the trace", can.map(drop));
    let (true, Ok(row)) = (button.clicked(), can) else {
        return;
    };
    let Some(mut way) = found(bench, row, page) else {
        return;
    };
    for name in KEPT {
        let typed = page.text(name).to_owned();
        if !typed.is_empty() {
            way.texts.entry(name.to_owned()).or_insert(typed);
        }
    }
    page.load(way.texts);
    let name = bench.rows().get(row).map_or("", |row| row.name());
    page.origin = Some(Origin {
        row,
        name: name.to_owned(),
        trace: bench.trace_no(),
    });
}

fn found(bench: &Workbench, row: usize, page: &mut Page) -> Option<Way> {
    let of = (bench.rows_no(), row);
    if let Some((_, way)) = page.ledger.found.as_ref().filter(|(own, _)| *own == of) {
        return way.clone();
    }
    let events = bench.log().events();
    let way = open::transaction(bench.rows(), row, events, bench.keyring());
    page.ledger.found = Some((of, way.clone()));
    way
}
