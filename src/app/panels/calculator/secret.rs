//! Key material: hidden until a button is held.

use eframe::egui::{self, Align2, Rect, Sense, Ui};

use crate::app::text;
use crate::app::theme::Palette;

/// A button over `rect` that shows while it is held; whether it is.
pub(super) fn held_at(ui: &Ui, rect: Rect, label: &str, shown: &str) -> bool {
    let id = ui.scope_id().with(("hold", label));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    describe(&response, label);
    let held = response.is_pointer_button_down_on();
    if !held {
        let palette = Palette::of(ui);
        let color = if response.hovered() || response.has_focus() {
            palette.t1
        } else {
            palette.t2
        };
        let body = egui::TextStyle::Body.resolve(ui.style());
        let at = rect.left_center();
        ui.painter()
            .with_clip_rect(rect.intersect(ui.clip_rect()))
            .text(at, Align2::LEFT_CENTER, shown, body, color);
    }
    held
}

/// A button of its own; whether it is held.
pub(super) fn held(ui: &mut Ui, label: &str) -> bool {
    let button = egui::Button::new(text::HOLD_TO_SHOW)
        .small()
        .sense(Sense::click_and_drag());
    let response = ui.add(button);
    describe(&response, label);
    response.is_pointer_button_down_on()
}

fn describe(response: &egui::Response, label: &str) {
    response.widget_info(|| {
        let name = format!("{}: {label}", text::HOLD_TO_SHOW);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
}
