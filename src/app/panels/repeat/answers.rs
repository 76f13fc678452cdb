//! What was sent of a row, and the last answer under the row's own.

use eframe::egui::{self, RichText, Sense, Ui};

use crate::apdu::Status;
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::workbench::{Action, Answer, Sending, Workbench};

use crate::app::panels::aligned::Aligned;

/// Most bytes that are set side by side.
const SHOWN: usize = 512;
/// Most sendings that are listed.
const LISTED: usize = 50;

pub(super) fn answers_ui(bench: &Workbench, row: usize, actions: &mut Vec<Action>, ui: &mut Ui) {
    let mut sendings: Vec<&Sending> = bench.sendings(row).collect();
    sendings.reverse();
    ui.add_space(4.0);
    widgets::section(ui, "Sent");
    if sendings.is_empty() {
        ui.label(RichText::new(text::NOTHING_REPEATED).color(Palette::of(ui).t3));
        return;
    }
    for (place, sending) in sendings.iter().take(LISTED).enumerate() {
        ui.push_id(place, |ui| sent(sending, actions, ui));
    }
    if let Some(last) = sendings.first() {
        ui.add_space(4.0);
        widgets::section(ui, "Answers");
        compared(bench, row, last, ui);
    }
}

/// A line of the history: its row, the plaintext, what came of it.
fn sent(sending: &Sending, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let frame = &sending.repeat.frame;
    let parts = [vec![frame.ins], frame.header.clone(), frame.data.clone()];
    let parts = parts.iter().filter(|part| !part.is_empty());
    let plain: Vec<String> = parts.map(hex::upper).collect();
    let row = sending
        .row
        .map_or_else(String::new, |row| format!("{row}  "));
    let (came, color) = match &sending.answer {
        None => ("under way".into(), palette.t2),
        Some(Answer::Replied { status, data }) => {
            let color = if status.is_success() {
                palette.t1
            } else {
                palette.refusal
            };
            (format!("{status} {}", hex::upper(data)), color)
        }
        Some(Answer::NotSent(why)) => (format!("not sent, {why}"), palette.refusal),
        Some(Answer::Lost) => (text::ANSWER_LOST.to_owned(), palette.opaque),
        Some(Answer::Unbelieved(why)) => (why.clone(), palette.wrong),
    };
    let text = format!("{row}{}  {}", plain.join(" "), came.trim_end());
    let shown = RichText::new(&text).font(theme::mono()).color(color);
    let label = egui::Label::new(shown).truncate().sense(Sense::click());
    let response = ui.add(label);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ListBoxOption, true, &text)
    });
    let hover = sending.row.map_or_else(
        || text.clone(),
        |row| format!("Go to row {row}, {}", sending.repeat.mode.name()),
    );
    if response.on_hover_text(hover).clicked()
        && let Some(row) = sending.row
    {
        actions.push(Action::GoToRow(row));
    }
}

/// The row's answer over that of a sending.
fn compared(bench: &Workbench, row: usize, last: &Sending, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let Some(first) = bench.rows().get(row) else {
        return;
    };
    let own = first.response.as_deref();
    if let (Some(status), Some(data)) = (first.status, own) {
        answered(ui, &format!("Row {row}"), status, data.len());
    } else {
        let text = format!("Row {row} has no answer that can be read");
        ui.label(RichText::new(text).color(palette.t2));
    }
    let name = last
        .row
        .map_or_else(|| "The repeat".into(), |row| format!("Row {row}"));
    let Some(Answer::Replied { status, data }) = &last.answer else {
        let text = match &last.answer {
            None => format!("{name} is under way"),
            Some(Answer::NotSent(why)) => format!("{name} was not sent, {why}"),
            Some(Answer::Unbelieved(why)) => format!("{name} is not believed, {why}"),
            Some(_) => format!("{name}, {}", text::ANSWER_LOST),
        };
        ui.label(RichText::new(text).color(palette.t2));
        return;
    };
    answered(ui, &name, *status, data.len());
    let aligned = Aligned {
        names: [&format!("Row {row}"), &name],
        own: own.unwrap_or_default(),
        got: data,
        most: SHOWN,
    };
    let (text, color) = match aligned.words() {
        _ if own.is_none() => return,
        None if data.is_empty() => ("Both are without data".into(), palette.t2),
        None => ("The same data".into(), palette.ok),
        Some(words) if aligned.own.len() == data.len() => {
            (format!("The repeat {words}"), palette.refusal)
        }
        Some(_) => {
            let (got, own) = (data.len(), aligned.own.len());
            let text = format!("The repeat has {got} bytes, the row {own}");
            (text, palette.refusal)
        }
    };
    ui.label(RichText::new(text).color(color));
    aligned.ui(ui);
}

fn answered(ui: &mut Ui, name: &str, status: Status, len: usize) {
    let palette = Palette::of(ui);
    let meaning = status.meaning().map_or("not known", |known| known.name);
    let color = if status.is_success() {
        palette.t1
    } else {
        palette.refusal
    };
    let text = format!("{name} answered {status} {meaning}, {len} bytes");
    ui.label(RichText::new(text).color(color));
}
