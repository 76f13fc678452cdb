//! What a row tells under the pointer: a cell that is cut off, since when a time counts, what a line or a colour means.

use eframe::egui::{self, Rect, Response, RichText, Ui};

use super::cells::{State, area, cell_text, verdict_words};
use super::columns::Place;
use crate::app::theme::Palette;
use crate::app::times;
use crate::trace::{Exchange, Judgement};
use crate::workbench::{TraceColumn, Workbench};

const WIDTH: f32 = 420.0;

/// Shows the hover text of a row, where it has any under the pointer.
pub(super) fn hover_ui(
    bench: &Workbench,
    ui: &Ui,
    (response, line): (Response, Rect),
    row: &Exchange,
    rule: Option<&str>,
    places: &[Place],
) {
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    let under = |place: &&Place| area(line, place).x_range().contains(pointer.x);
    let place = places.iter().find(under);
    let mut lines = Vec::new();
    if let Some(place) = place {
        lines.extend(cut_off(bench, ui, row, place, places));
        if place.column == TraceColumn::Delta {
            lines.extend(since(bench, row));
        }
    }
    lines.extend(bench.gap_before(row).map(times::gap_sentence));
    lines.extend(rule.map(|rule| format!("Colour rule {rule}")));
    lines.extend(bench.note(row.index).map(|note| format!("Note “{note}”")));
    if lines.is_empty() {
        return;
    }
    response.on_hover_ui_at_pointer(|ui| {
        ui.set_max_width(WIDTH);
        let color = Palette::of(ui).t1;
        for line in lines {
            ui.label(RichText::new(line).color(color));
        }
    });
}

/// Since which rows the times of a row count.
fn since(bench: &Workbench, row: &Exchange) -> Vec<String> {
    let before = bench.since_before(row).map(|(before, micros)| {
        let millis = times::millis(micros);
        format!("{millis} ms since row {before}")
    });
    let mark = bench.since_mark(row).map(|(mark, micros)| {
        let millis = times::signed(micros);
        format!("{millis} ms since marked row {mark}")
    });
    before.into_iter().chain(mark).collect()
}

/// The whole text of a cell that has no room for it.
fn cut_off(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    place: &Place,
    places: &[Place],
) -> Option<String> {
    let state = State {
        chosen: false,
        hovered: true,
        tint: None,
    };
    let (text, font, taken) = if place.column == TraceColumn::Verdict {
        let words = verdict_words(row, Judgement::of(row));
        (words, egui::TextStyle::Body.resolve(ui.style()), 26.0)
    } else {
        let (text, font, _) = cell_text(bench, ui, row, place.column, state, places);
        let icon = place.column == TraceColumn::Lane;
        (text, font, if icon { 24.0 } else { 6.0 })
    };
    let room = area(ui.max_rect(), place).width() - taken;
    let galley = ui
        .painter()
        .layout_no_wrap(text.clone(), font, Palette::of(ui).t1);
    (galley.size().x > room).then_some(text)
}
