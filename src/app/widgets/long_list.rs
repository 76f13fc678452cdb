//! What lists of any length share: how many lines fit, the wheel, the scroll bar.

use eframe::egui::{self, Rect, Response, Sense, Ui, pos2, vec2};

use super::position::{self, Position};
use crate::app::theme::{Palette, ROW};

/// Width of the scroll bar.
pub(in crate::app) const BAR: f32 = 10.0;

/// Lines that fit whole.
pub(in crate::app) fn visible(rect: Rect) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a screenful of rows"
    )]
    let rows = (rect.height() / ROW).floor().max(1.0) as usize;
    rows
}

/// How far the wheel moved over a list, down when positive.
pub(in crate::app) fn wheel(ui: &Ui, rect: Rect, area: &Response) -> f32 {
    if area.hovered() || ui.rect_contains_pointer(rect) {
        -ui.input(egui::InputState::smooth_scroll_delta).y
    } else {
        0.0
    }
}

/// The scroll bar at the right edge of a list of `count` lines; nothing where all of them fit.
pub(in crate::app) fn bar(ui: &Ui, rect: Rect, name: &str, at: &mut Position, count: usize) {
    let fits = visible(rect);
    if count <= fits {
        return;
    }
    let palette = Palette::of(ui);
    let track = Rect::from_min_max(pos2(rect.right() - BAR + 2.0, rect.top()), rect.max);
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ScrollBar, true, name));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a position on a bar of some hundred pixels"
    )]
    let (share, first) = (fits as f32 / count as f32, at.0 as f32 / count as f32);
    let height = (track.height() * share).max(24.0);
    let span = track.height() - height;
    let top = track.top() + (first / (1.0 - share).max(f32::EPSILON)).min(1.0) * span;
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = (pointer.y - track.top() - height / 2.0) / span.max(1.0);
        *at = position::at_share(share, count, fits);
    }
    let color = if response.hovered() || response.dragged() {
        palette.line2
    } else {
        palette.bg4
    };
    let handle = Rect::from_min_size(pos2(track.left(), top), vec2(track.width() - 2.0, height));
    ui.painter().rect_filled(handle, 3.0, color);
}
