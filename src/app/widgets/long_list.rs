//! What lists of any length share: how many lines fit, the wheel, the scroll bar.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{self, Color32, FontId, Key, Rect, Response, Sense, Ui, pos2, vec2};

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

/// The line that a key leads to from the chosen one, in a list of `count` lines of which `fits` fit; the arrows are kept
/// from moving the focus.
pub(in crate::app) fn stepped(
    ui: &Ui,
    area: &Response,
    chosen: Option<usize>,
    (count, fits): (usize, usize),
) -> Option<usize> {
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..egui::EventFilter::default()
        };
        memory.set_focus_lock_filter(area.id, filter);
    });
    let last = count.checked_sub(1)?;
    let down = |by: usize| chosen.map_or(0, |here| (here + by).min(last));
    let up = |by: usize| chosen.map_or(0, |here| here.saturating_sub(by));
    let moves = [
        (Key::ArrowDown, down(1)),
        (Key::ArrowUp, up(1)),
        (Key::PageDown, down(fits)),
        (Key::PageUp, up(fits)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    let pressed = |(key, _): &(Key, usize)| ui.input(|input| input.key_pressed(*key));
    moves.into_iter().find(pressed).map(|(_, there)| there)
}

/// Text of a line from `x` on that ends in `…` before `right`.
pub(in crate::app) fn clipped(
    ui: &Ui,
    (x, right): (f32, f32),
    middle: f32,
    (text, font, color): (String, FontId, Color32),
) {
    let mut job = LayoutJob::simple_singleline(text, font, color);
    job.wrap = TextWrapping::truncate_at_width((right - x).max(0.0));
    let galley = ui.painter().layout_job(job);
    let top = middle - galley.size().y / 2.0;
    ui.painter().galley(pos2(x, top), galley, color);
}

/// The ground of a line that is chosen, or under the pointer.
pub(in crate::app) fn background(ui: &Ui, rect: Rect, chosen: bool, hovered: bool) {
    let palette = Palette::of(ui);
    if chosen {
        ui.painter().rect_filled(rect, 0.0, palette.selection);
    } else if hovered {
        ui.painter().rect_filled(rect, 0.0, palette.bg2);
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
