//! One value over another, byte by byte, with the first difference outlined.

use eframe::egui::{self, Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::app::theme::{self, Palette};
use crate::bytes::hex;

const CELL: f32 = 24.0;
const LINE: f32 = 22.0;
const LABEL: f32 = 74.0;
/// Most bytes that are set side by side.
const MOST: usize = 64;

/// Draws `own` over `got`, each with its name; the bytes of `got` that differ are marked.
pub(in crate::app) fn compared_ui(ui: &mut Ui, own: (&str, &[u8]), got: (&str, &[u8])) {
    let names = [own.0, got.0];
    let (own, got) = (own.1, got.1);
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
    let first = own.iter().zip(got).position(|(own, got)| own != got);
    for start in (0..len).step_by(wide) {
        let end = len.min(start + wide);
        row(
            ui,
            "",
            start..end,
            &|place| Some(format!("{place}")),
            &|_| None,
            Row::Places,
        );
        for (name, bytes, kind) in [(names[0], own, Row::Own), (names[1], got, Row::Got)] {
            let text = |place: usize| bytes.get(place).map(|byte| format!("{byte:02X}"));
            let differs = |place: usize| {
                let same = own.get(place) == got.get(place);
                (!same && !own.is_empty()).then_some(Some(place) == first)
            };
            row(ui, name, start..end, &text, &differs, kind);
        }
    }
}

/// What stands in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Places,
    Own,
    Got,
}

/// A line of cells; `differs` says of a differing byte whether it is the first.
fn row(
    ui: &mut Ui,
    name: &str,
    places: std::ops::Range<usize>,
    text: &dyn Fn(usize) -> Option<String>,
    differs: &dyn Fn(usize) -> Option<bool>,
    kind: Row,
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
        let (color, font) = cell_style(ui, cell, differs(place), kind);
        ui.painter()
            .text(cell.center(), Align2::CENTER_CENTER, &text, font, color);
        all.push_str(&text);
    }
    if kind != Row::Places {
        let text = hex::parse(&all).map(hex::upper).unwrap_or(all);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, format!("{name} {text}"))
        });
        response.on_hover_text(text);
    }
}

fn cell_style(ui: &Ui, cell: Rect, differs: Option<bool>, kind: Row) -> (Color32, egui::FontId) {
    let palette = Palette::of(ui);
    let received = kind == Row::Got;
    if kind == Row::Places {
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
