//! Two texts of bytes one over the other, byte by byte, with the first difference outlined.

use eframe::egui::{self, Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::app::theme::{self, Palette};
use crate::bytes::hex;

const CELL: f32 = 24.0;
const LINE: f32 = 22.0;
const LABEL: f32 = 74.0;

/// Bytes side by side, where a panel has no limit of its own.
pub(super) const MOST: usize = 64;

/// Two texts of bytes with their names.
pub(super) struct Aligned<'a> {
    pub(super) names: [&'a str; 2],
    pub(super) own: &'a [u8],
    pub(super) got: &'a [u8],
    /// Most bytes that are set side by side.
    pub(super) most: usize,
}

impl Aligned<'_> {
    /// The first byte that differs; one text may also end before the other.
    fn first(&self) -> Option<usize> {
        let pairs = self.own.iter().zip(self.got);
        let same = pairs.take_while(|(own, got)| own == got).count();
        (same < self.own.len().max(self.got.len())).then_some(same)
    }

    /// From where and in how many bytes texts of one length differ; nothing when they are the same.
    pub(super) fn words(&self) -> Option<String> {
        let pairs = self.own.iter().zip(self.got);
        let differ = pairs.filter(|(own, got)| own != got).count();
        let (first, len) = (self.first()?, self.own.len());
        Some(format!(
            "differs from byte {first}, {differ} of {len} bytes differ"
        ))
    }

    pub(super) fn ui(&self, ui: &mut Ui) {
        let room = ((ui.available_width() - LABEL) / CELL).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "cells in a panel"
        )]
        let wide = (room.max(8.0) as usize).min(16);
        let len = self.own.len().max(self.got.len()).min(self.most);
        let first = self.first().filter(|_| !self.own.is_empty());
        for start in (0..len).step_by(wide) {
            let end = len.min(start + wide);
            let heads = Line {
                name: "",
                text: &|place| Some(format!("{place}")),
                differs: &|_| None,
                is_bytes: false,
                is_second: false,
            };
            heads.ui(ui, start..end);
            for (name, bytes, is_second) in [
                (self.names[0], self.own, false),
                (self.names[1], self.got, true),
            ] {
                let line = Line {
                    name,
                    text: &|place| bytes.get(place).map(|byte| format!("{byte:02X}")),
                    differs: &|place| {
                        let same = self.own.get(place) == self.got.get(place);
                        (!same && !self.own.is_empty()).then_some(Some(place) == first)
                    },
                    is_bytes: true,
                    is_second,
                };
                line.ui(ui, start..end);
            }
        }
    }
}

/// A line of cells.
struct Line<'a> {
    name: &'a str,
    text: &'a dyn Fn(usize) -> Option<String>,
    /// Of a byte that differs, whether it is the first.
    differs: &'a dyn Fn(usize) -> Option<bool>,
    is_bytes: bool,
    /// Whether it is the text that is held against the other.
    is_second: bool,
}

impl Line<'_> {
    fn ui(&self, ui: &mut Ui, places: std::ops::Range<usize>) {
        let palette = Palette::of(ui);
        let (line, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
        let body = egui::TextStyle::Body.resolve(ui.style());
        ui.painter().text(
            line.left_center(),
            Align2::LEFT_CENTER,
            self.name,
            body,
            palette.t2,
        );
        let mut all = String::new();
        for (column, place) in places.enumerate() {
            let Some(text) = (self.text)(place) else {
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "a cell of 16")]
            let left = line.left() + LABEL + column as f32 * CELL;
            let cell = Rect::from_min_size(pos2(left, line.top()), vec2(CELL, LINE));
            let (color, font) = cell_style(
                ui,
                cell,
                (self.differs)(place),
                self.is_bytes,
                palette,
                self.is_second,
            );
            ui.painter()
                .text(cell.center(), Align2::CENTER_CENTER, &text, font, color);
            all.push_str(&text);
        }
        if self.is_bytes {
            let name = self.name;
            let text = hex::parse(&all).map(hex::upper).unwrap_or(all);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(
                    egui::accesskit::Role::Label,
                    true,
                    format!("{name} {text}"),
                )
            });
            response.on_hover_text(text);
        }
    }
}

fn cell_style(
    ui: &Ui,
    cell: Rect,
    differs: Option<bool>,
    is_bytes: bool,
    palette: &Palette,
    is_second: bool,
) -> (Color32, egui::FontId) {
    if !is_bytes {
        return (palette.t3, theme::small().resolve(ui.style()));
    }
    let Some(first) = differs else {
        return (palette.t1, theme::mono());
    };
    let (color, inner) = (
        if is_second { palette.wrong } else { palette.t1 },
        cell.shrink(1.0),
    );
    if is_second {
        ui.painter().rect_filled(inner, 3.0, palette.wrong_tint);
    }
    if first {
        let line = if is_second { palette.wrong } else { palette.t2 };
        ui.painter()
            .rect_stroke(inner, 3.0, Stroke::new(2.0, line), StrokeKind::Inside);
    }
    (color, theme::mono_bold())
}
