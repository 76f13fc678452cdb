//! "My value" beside a computed one: how it differs, and which mistake gives it.

use eframe::egui::{self, Margin, Rect, RichText, Stroke, StrokeKind, TextEdit, Ui, vec2};

use super::line;
use super::state::{Judged, Page};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::calculator::{Beside, Comparison, Line, Topic};

/// Explanations that are listed.
const LISTED: usize = 4;
/// Room for what is said in the field.
const TAG: i8 = 56;

pub(super) fn field_ui(topic: &Topic, line: &Line, page: &mut Page, rect: Rect, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let judged = page.judged(topic, &line.key);
    let mut typed = page.mine.get(&line.key).cloned().unwrap_or_default();
    let right = if judged.is_some() { TAG } else { 4 };
    let edit = TextEdit::singleline(&mut typed)
        .id(ui.scope_id().with("mine"))
        .password(line.secret)
        .font(theme::mono())
        .margin(Margin {
            left: 6,
            right,
            top: 3,
            bottom: 2,
        })
        .hint_text(RichText::new(text::PASTE_TO_COMPARE).color(palette.t3));
    let field = ui.put(rect.shrink2(vec2(0.0, 1.0)), edit);
    field.widget_info(|| {
        let name = format!("My value, {}", line.label);
        egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, name)
    });
    match &judged {
        None => widgets::outline(ui, &field),
        Some(judged) => {
            let (words, color) = words(judged, palette);
            let outline = if color == palette.ok {
                palette.line2
            } else {
                color
            };
            let stroke = Stroke::new(1.0, outline);
            ui.painter()
                .rect_stroke(field.rect, 4.0, stroke, StrokeKind::Inside);
            line::tag(ui, field.rect, &words, color);
        }
    }
    if field.changed() {
        if typed.is_empty() {
            page.mine.remove(&line.key);
        } else {
            page.mine.insert(line.key.clone(), typed);
        }
    }
}

/// What stands in the field.
fn words(judged: &Judged, palette: &Palette) -> (String, egui::Color32) {
    match judged {
        Judged::Unread(_) => ("no bytes".into(), palette.wrong),
        Judged::Read(beside) => match beside.comparison {
            Comparison::Same => ("same".into(), palette.ok),
            Comparison::Differs { first, .. } => (format!("byte {first}"), palette.wrong),
            Comparison::Length { expected, got } => (format!("{got} of {expected}"), palette.wrong),
        },
    }
}

/// What is said under the line: the bytes side by side, and the mistakes that give the user's.
pub(super) fn verdict_ui(topic: &Topic, line: &Line, page: &mut Page, shown: bool, ui: &mut Ui) {
    match page.judged(topic, &line.key) {
        Some(Judged::Unread(error)) => widgets::complaint(ui, &error),
        Some(Judged::Read(beside)) if beside.differs() => differs(line, &beside, shown, ui),
        Some(Judged::Read(_)) | None => {}
    }
}

fn differs(line: &Line, beside: &Beside, shown: bool, ui: &mut Ui) {
    let palette = Palette::of(ui);
    if let Some(first) = beside.sentences().first() {
        ui.label(RichText::new(first).color(palette.wrong));
    }
    let same_length = matches!(beside.comparison, Comparison::Differs { .. });
    if let (true, true, Some(own)) = (same_length, shown, line.bytes()) {
        widgets::compared_ui(ui, ("Computed", own), ("My value", &beside.mine));
    }
    if beside.explanations.is_empty() {
        explanation(ui, text::NO_MISTAKE_FITS, false);
    }
    for one in beside.explanations.iter().take(LISTED) {
        explanation(ui, &one.sentence(), one.certain);
    }
    ui.add_space(6.0);
}

/// A box with an edge that tells whether it is certain.
fn explanation(ui: &mut Ui, sentence: &str, certain: bool) {
    let palette = Palette::of(ui);
    let margin = Margin {
        left: 12,
        right: 8,
        top: 5,
        bottom: 5,
    };
    let frame = egui::Frame::new().fill(palette.bg2).inner_margin(margin);
    let response = frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(sentence).color(palette.t1));
        })
        .response;
    let edge = Rect::from_min_size(response.rect.min, vec2(3.0, response.rect.height()));
    let color = if certain { palette.ok } else { palette.line2 };
    ui.painter().rect_filled(edge, 0.0, color);
    ui.add_space(3.0);
}
