//! Why the selected row does not fit: the mistakes that give its bytes, what the rules ask for over what was there, and
//! what the computation starts from.

use std::sync::Arc;

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use super::aligned::Aligned;
use crate::app::drafts::Drafts;
use crate::app::icons;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::explain::{Explanation, Input, InputBytes, Side, catalogue, explain};
use crate::trace::{Exchange, Judgement};
use crate::workbench::{Action, Workbench};

/// Most explanations that are listed.
const LISTED: usize = 6;
/// Most bytes that are set side by side.
const SHOWN: usize = 64;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Some((selected, row)) = bench.selected().zip(bench.selected_row()) else {
        widgets::empty(ui, text::EXPLAIN_EMPTY);
        return;
    };
    let kept = kept(bench, selected, drafts);
    if kept.is_empty() {
        nothing(row, ui);
        return;
    }
    let chosen = drafts.explained.min(kept.len() - 1);
    let Some(explanation) = kept.get(chosen) else {
        return;
    };
    head(row, explanation, actions, ui);
    aligned(explanation).ui(ui);
    ui.add_space(6.0);
    for (place, one) in kept.iter().take(LISTED).enumerate() {
        if choice(one, place == chosen, ui) {
            drafts.explained = place;
        }
    }
    ui.add_space(6.0);
    inputs(explanation, actions, ui);
}

/// The explanations of a row, made when it is selected.
fn kept(bench: &Workbench, selected: usize, drafts: &mut Drafts) -> Arc<Vec<Explanation>> {
    let now = (bench.trace_no(), bench.rows_no(), selected);
    let kept = drafts.explanation.as_ref();
    if let Some((_, own)) = kept.filter(|(of, _)| *of == now) {
        return own.clone();
    }
    let found = explain(
        bench.rows(),
        selected,
        bench.log().events(),
        bench.keyring(),
    );
    let found = Arc::new(found);
    drafts.explanation = Some((now, found.clone()));
    drafts.explained = 0;
    found
}

/// There is nothing to explain, or nothing explains it.
fn nothing(row: &Exchange, ui: &mut Ui) {
    let palette = Palette::of(ui);
    if Judgement::of(row) != Judgement::Wrong {
        widgets::empty(ui, text::NOTHING_WRONG);
        return;
    }
    let count = catalogue().len();
    ui.label(
        RichText::new(format!("Row {}, {}", row.index, row.name()))
            .font(theme::strong())
            .color(palette.t1),
    );
    ui.label(
        RichText::new(format!(
            "None of {count} known mistakes, alone or two at once, gives these bytes"
        ))
        .color(palette.t1),
    );
    ui.label(RichText::new(text::NOT_EXPLAINED).color(palette.t2));
}

fn head(row: &Exchange, explanation: &Explanation, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        let (icon, _) = ui.allocate_exact_size(vec2(14.0, ROW), Sense::hover());
        icons::judgement(ui, Judgement::Wrong, icon.center());
        let side = match explanation.side {
            Side::Command => "Command",
            Side::Response => "Response",
        };
        let title = format!("{side} of row {}, {}", row.index, row.name());
        ui.label(
            RichText::new(title)
                .font(theme::strong())
                .color(palette.wrong),
        );
        ui.label(RichText::new(difference_words(explanation)).color(palette.t2));
        if widgets::button(ui, "Copy", Ok(()))
            .on_hover_text("The explanation with its bytes, without secrets")
            .clicked()
        {
            actions.push(Action::Copy(printed(row, explanation)));
        }
    });
}

/// Expected over received.
fn aligned(explanation: &Explanation) -> Aligned<'_> {
    Aligned {
        names: ["Expected", "Received"],
        own: &explanation.expected,
        got: &explanation.received,
        most: SHOWN,
    }
}

/// How far the bytes differ, in words.
fn difference_words(explanation: &Explanation) -> String {
    let (own, got) = (&explanation.expected, &explanation.received);
    match own.len() {
        0 => String::new(),
        len if len != got.len() => format!("{} bytes, {len} expected", got.len()),
        _ => aligned(explanation).words().unwrap_or_default(),
    }
}

/// A box with the mistakes; whether it was clicked.
fn choice(explanation: &Explanation, chosen: bool, ui: &mut Ui) -> bool {
    let palette = Palette::of(ui);
    let certain = explanation.is_certain();
    let fill = if chosen { palette.bg2 } else { palette.bg1 };
    let title = title(explanation);
    let response = egui::Frame::new()
        .fill(fill)
        .inner_margin(egui::Margin {
            left: 12,
            right: 8,
            top: 6,
            bottom: 6,
        })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(
                RichText::new(&title)
                    .font(theme::strong())
                    .color(palette.t1),
            );
            if !chosen {
                return;
            }
            ui.label(RichText::new(evidence(explanation)).color(palette.t2));
            for mistake in &explanation.mistakes {
                ui.label(RichText::new(mistake.fix).color(palette.t2));
                ui.label(
                    RichText::new(format!("{}, {}", mistake.code, mistake.section))
                        .color(palette.t3),
                );
            }
        })
        .response
        .interact(Sense::click());
    let edge = egui::Rect::from_min_size(response.rect.min, vec2(3.0, response.rect.height()));
    let color = if certain { palette.ok } else { palette.line2 };
    ui.painter().rect_filled(edge, 0.0, color);
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::accesskit::Role::ListBoxOption, true, chosen, &title)
    });
    response.clicked()
}

/// The mistakes in a sentence each.
fn title(explanation: &Explanation) -> String {
    let titles: Vec<&str> = explanation
        .mistakes
        .iter()
        .map(|mistake| mistake.title)
        .collect();
    let titles = titles.join(" ");
    if explanation.is_certain() {
        titles
    } else {
        format!("Possible: {titles}")
    }
}

fn evidence(explanation: &Explanation) -> String {
    let bits = explanation.bits;
    match (explanation.is_certain(), bits) {
        (true, _) => format!("{bits} bits of the received bytes come out this way and no other"),
        (false, 0) => "The bytes alone can't prove it".into(),
        (false, _) => format!("Only {bits} bits fit, chance may do that; 32 are proof"),
    }
}

fn inputs(explanation: &Explanation, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    widgets::section(ui, "What gives the received bytes");
    for (place, input) in explanation.inputs.iter().enumerate() {
        ui.push_id(place, |ui| {
            ui.horizontal(|ui| {
                let (label, _) = ui.allocate_exact_size(vec2(118.0, ROW), Sense::hover());
                let body = egui::TextStyle::Body.resolve(ui.style());
                ui.painter().text(
                    label.left_center(),
                    egui::Align2::LEFT_CENTER,
                    input.label,
                    body,
                    palette.t2,
                );
                if let Some(row) = input.row
                    && ui
                        .link(format!("row {row}"))
                        .on_hover_text("Where it comes from")
                        .clicked()
                {
                    actions.push(Action::GoToRow(row));
                }
                value(input, ui);
            });
        });
    }
}

/// The bytes of an input; those of a secret while its button is held.
fn value(input: &Input, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let mut shown = true;
    if matches!(input.bytes, InputBytes::Secret(_)) {
        let button = ui.add(egui::Button::new(text::HOLD_TO_SHOW).sense(Sense::click_and_drag()));
        button.widget_info(|| {
            let name = format!("{}: {}", text::HOLD_TO_SHOW, input.label);
            egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
        });
        shown = button.is_pointer_button_down_on();
    }
    let text = RichText::new(input.text(shown))
        .font(theme::mono())
        .color(palette.t1);
    ui.add(egui::Label::new(text).truncate());
}

/// The explanation as text, without secrets.
fn printed(row: &Exchange, explanation: &Explanation) -> String {
    use std::fmt::Write;
    let mut out = format!(
        "Row {}, {}\n{}\n",
        row.index,
        row.name(),
        explanation.text(0)
    );
    let pairs = [
        ("expected", &explanation.expected),
        ("received", &explanation.received),
    ];
    for (name, bytes) in pairs {
        // Writing to a String does not fail.
        let _ = writeln!(out, "{name:10}{}", crate::bytes::hex::upper(bytes));
    }
    for input in &explanation.inputs {
        let _ = writeln!(out, "{}: {}", input.label, input.text(false));
    }
    out
}
