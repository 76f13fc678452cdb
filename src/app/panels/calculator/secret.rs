//! Key material: hidden until a button is held.

use eframe::egui::{self, Align2, Rect, Sense, Ui, Vec2};

use crate::app::icons::{self, Icon};
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

/// A button of its own, an icon where words leave no room; whether it is held.
pub(super) fn held(ui: &mut Ui, label: &str, has_room: impl Fn(f32) -> bool) -> bool {
    let body = egui::TextStyle::Body.resolve(ui.style());
    let color = Palette::of(ui).t2;
    let words = text::HOLD_TO_SHOW.to_owned();
    let width = ui.painter().layout_no_wrap(words, body, color).size().x;
    let response = if has_room(width + 2.0 * ui.spacing().button_padding.x) {
        let button = egui::Button::new(text::HOLD_TO_SHOW).small();
        ui.add(button.sense(Sense::click_and_drag()))
    } else {
        let drags = Sense::click_and_drag();
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(22.0), drags);
        let palette = Palette::of(ui);
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 4.0, palette.bg4);
        }
        icons::paint(ui, Icon::Eye, rect.center(), palette.t2);
        response.on_hover_text(text::HOLD_TO_SHOW)
    };
    describe(&response, label);
    response.is_pointer_button_down_on()
}

fn describe(response: &egui::Response, label: &str) {
    response.widget_info(|| {
        let name = format!("{}: {label}", text::HOLD_TO_SHOW);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
}
