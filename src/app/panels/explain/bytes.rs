//! Expected over received, byte by byte, with the first difference outlined.

use eframe::egui::{self, Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::app::theme::{self, Palette};
use crate::bytes::hex;
use crate::explain::Explanation;

const CELL: f32 = 24.0;
const LINE: f32 = 22.0;
const LABEL: f32 = 74.0;
/// Most bytes that are set side by side.
const MOST: usize = 64;

/// How far the bytes differ, in words.
pub(super) fn difference_words(explanation: &Explanation) -> String {
    let (own, got) = (&explanation.expected, &explanation.received);
    if own.is_empty() {
        return String::new();
    }
    if own.len() != got.len() {
        return format!("{} bytes, {} expected", got.len(), own.len());
    }
    let differ = own.iter().zip(got).filter(|(own, got)| own != got).count();
    match explanation.difference() {
        Some(first) => format!(
            "differs from byte {first}, {differ} of {} bytes differ",
            own.len()
        ),
        None => String::new(),
    }
}

pub(super) fn compared_ui(explanation: &Explanation, ui: &mut Ui) {
    let (own, got) = (&explanation.expected, &explanation.received);
    if own.is_empty() && got.is_empty() {
        return;
    }
    let room = ((ui.available_width() - LABEL) / CELL).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cells in a panel"
    )]
    let wide = (room.max(8.0) as usize).min(16);
    let len = own.len().max(got.len()).min(MOST);
    let first = explanation.difference();
    for start in (0..len).step_by(wide) {
        let end = len.min(start + wide);
        row(
            ui,
            "",
            start..end,
            &|place| Some(format!("{place}")),
            &|_| None,
            false,
        );
        for (name, bytes) in [("Expected", own), ("Received", got)] {
            let text = |place: usize| bytes.get(place).map(|byte| format!("{byte:02X}"));
            let differs = |place: usize| {
                let same = own.get(place) == got.get(place);
                (!same && !own.is_empty()).then_some(Some(place) == first)
            };
            row(ui, name, start..end, &text, &differs, true);
        }
    }
}

/// A line of cells; `differs` says of a differing byte whether it is the first.
fn row(
    ui: &mut Ui,
    name: &str,
    places: std::ops::Range<usize>,
    text: &dyn Fn(usize) -> Option<String>,
    differs: &dyn Fn(usize) -> Option<bool>,
    is_bytes: bool,
) {
    let palette = Palette::of(ui);
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let body = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(
        line.left_center(),
        Align2::LEFT_CENTER,
        name,
        body,
        palette.t2,
    );
    let mut all = String::new();
    for (column, place) in places.enumerate() {
        let Some(text) = text(place) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "a cell of 16")]
        let left = line.left() + LABEL + column as f32 * CELL;
        let cell = Rect::from_min_size(pos2(left, line.top()), vec2(CELL, LINE));
        let (color, font) = cell_style(
            ui,
            cell,
            differs(place),
            is_bytes,
            palette,
            name == "Received",
        );
        ui.painter()
            .text(cell.center(), Align2::CENTER_CENTER, &text, font, color);
        all.push_str(&text);
    }
    if is_bytes {
        let text = hex::parse(&all).map(hex::upper).unwrap_or(all);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, format!("{name} {text}"))
        });
        response.on_hover_text(text);
    }
}

fn cell_style(
    ui: &Ui,
    cell: Rect,
    differs: Option<bool>,
    is_bytes: bool,
    palette: &Palette,
    received: bool,
) -> (Color32, egui::FontId) {
    if !is_bytes {
        return (palette.t3, theme::small().resolve(ui.style()));
    }
    let Some(first) = differs else {
        return (palette.t1, theme::mono());
    };
    let (color, inner) = (
        if received { palette.wrong } else { palette.t1 },
        cell.shrink(1.0),
    );
    if received {
        ui.painter().rect_filled(inner, 3.0, palette.wrong_tint);
    }
    if first {
        let line = if received { palette.wrong } else { palette.t2 };
        ui.painter()
            .rect_stroke(inner, 3.0, Stroke::new(2.0, line), StrokeKind::Inside);
    }
    (color, theme::mono_bold())
}
