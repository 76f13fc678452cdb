//! Small pieces that several panels use.

mod compared;
mod tool_button;

use eframe::egui::{self, Response, RichText, Sense, TextEdit, Ui, Vec2, vec2};

use super::icons::{self, Icon};
use super::theme::{self, Palette};

pub(super) use compared::compared_ui;
pub(super) use tool_button::{Weight, tool_button};

/// An icon-only button with an accessible name that is also its tooltip.
pub(super) fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name));
    let palette = Palette::of(ui);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.bg4);
    }
    icons::paint(ui, icon, rect.center(), palette.t2);
    response.on_hover_text(name)
}

/// An icon-only button that says on hover why it is off.
pub(super) fn icon_button_if(
    ui: &mut Ui,
    icon: Icon,
    name: &str,
    can: Result<(), &str>,
) -> Response {
    ui.add_enabled_ui(can.is_ok(), |ui| match can {
        Ok(()) => icon_button(ui, icon, name),
        Err(why) => {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
            let role = egui::accesskit::Role::Button;
            response.widget_info(|| egui::WidgetInfo::labeled(role, false, name));
            icons::paint(ui, icon, rect.center(), Palette::of(ui).line2);
            response.on_disabled_hover_text(format!("{name}. {why}"))
        }
    })
    .inner
}

/// The filled button of a bar's main action.
pub(super) fn primary_button(ui: &mut Ui, text: &str, can: Result<(), &str>) -> Response {
    let palette = Palette::of(ui);
    let (fill, color) = if can.is_ok() {
        (palette.accent_fill, palette.on_accent)
    } else {
        (palette.bg3, palette.t3)
    };
    let button = egui::Button::new(RichText::new(text).color(color))
        .fill(fill)
        .min_size(vec2(0.0, 24.0));
    enabled(ui, button, can)
}

/// A button that says on hover why it is off.
pub(super) fn button(ui: &mut Ui, text: &str, can: Result<(), &str>) -> Response {
    let mut text = RichText::new(text);
    if can.is_err() {
        text = text.color(Palette::of(ui).t3);
    }
    enabled(ui, egui::Button::new(text), can)
}

fn enabled(ui: &mut Ui, button: egui::Button<'_>, can: Result<(), &str>) -> Response {
    let response = ui.add_enabled(can.is_ok(), button);
    match can {
        Ok(()) => response,
        Err(why) => response.on_disabled_hover_text(why),
    }
}

/// A one-line text field with a name, in the monospace font when it holds bytes or numbers.
pub(super) fn field(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    hint: &str,
    width: f32,
) -> Response {
    let palette = Palette::of(ui);
    let hint = RichText::new(hint).color(palette.t3);
    let edit = TextEdit::singleline(text)
        .font(theme::mono())
        .hint_text(hint)
        .desired_width(width);
    let response = ui.add(edit);
    outline(ui, &response);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, name));
    response
}

/// The line around a text field, in the accent colour while it has the focus.
pub(super) fn outline(ui: &Ui, response: &Response) {
    let palette = Palette::of(ui);
    let color = if response.has_focus() {
        palette.accent
    } else {
        palette.line2
    };
    ui.painter().rect_stroke(
        response.rect,
        4.0,
        egui::Stroke::new(1.0, color),
        egui::StrokeKind::Inside,
    );
}

/// A sentence under a field that refuses what was typed.
pub(super) fn complaint(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(text).color(palette.wrong).size(11.5));
}

/// The middle of a panel that has nothing to show: what to do, and what will appear.
pub(super) fn empty(ui: &mut Ui, (what, then): (&str, &str)) {
    let palette = Palette::of(ui);
    let space = (ui.available_height() - 44.0).max(0.0) / 2.0;
    ui.add_space(space);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(what).color(palette.t2));
        ui.label(RichText::new(then).color(palette.t3));
    });
}

/// A section label.
pub(super) fn section(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(text).color(palette.t3).size(11.5));
}

/// One of a few choices, of which one is chosen; gives the one that was pressed. `group` names what is chosen.
pub(super) fn segment<T: Copy + PartialEq>(
    ui: &mut Ui,
    group: &str,
    choices: &[(T, &str)],
    chosen: T,
) -> Option<T> {
    ui.horizontal(|ui| {
        let mut picked = None;
        for (value, text) in choices {
            let button = ui.selectable_label(*value == chosen, *text);
            button.widget_info(|| {
                let role = egui::accesskit::Role::RadioButton;
                let name = format!("{group} {text}");
                egui::WidgetInfo::selected(role, true, *value == chosen, name)
            });
            if button.clicked() {
                picked = Some(*value);
            }
        }
        picked
    })
    .inner
}

/// A count with thin spaces between thousands.
pub(super) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_set_apart() {
        let printed = [0, 999, 1000, 1_234_567].map(thousands);
        let expected = ["0", "999", "1\u{2009}000", "1\u{2009}234\u{2009}567"];
        assert_eq!(printed, expected);
    }
}
