//! The list of exchanges. The first visible row is a whole number and the rest of the scroll position a
//! pixel remainder, because 32-bit offsets lose small steps beyond some 800,000 rows.

use eframe::egui::{self, Key, Rect, Sense, Ui, pos2, vec2};

use super::cells::{name, paint_row};
use super::position;
use crate::app::drafts::{Drafts, NoteDraft, PathDraft, PathPurpose};
use crate::app::panels::calculator;
use crate::app::theme::{Palette, ROW};
use crate::workbench::{Action, CopyForm, Move, Workbench};

/// Width of the scroll bar.
pub(super) const BAR: f32 = 10.0;

pub(super) fn keyboard(ui: &mut Ui, area: &egui::Response, rect: Rect, actions: &mut Vec<Action>) {
    if !area.has_focus() {
        return;
    }
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..egui::EventFilter::default()
        };
        memory.set_focus_lock_filter(area.id, filter);
    });
    #[expect(clippy::cast_possible_truncation, reason = "a screen has fewer rows")]
    let page = (rect.height() / ROW) as isize - 1;
    let moves = [
        (Key::ArrowDown, Move::By(1)),
        (Key::ArrowUp, Move::By(-1)),
        (Key::PageDown, Move::By(page)),
        (Key::PageUp, Move::By(-page)),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
    ];
    for (key, step) in moves {
        if ui.input(|input| input.key_pressed(key)) {
            actions.push(Action::MoveSelection(step));
        }
    }
}

/// Moves the first row by the wheel, and so that a newly selected row is in view.
pub(super) fn scroll(
    bench: &Workbench,
    drafts: &mut Drafts,
    ui: &mut Ui,
    rect: Rect,
    area: &egui::Response,
) {
    let (count, fits) = (bench.shown_len(), visible(rect));
    let mut by = 0.0;
    if area.hovered() || ui.rect_contains_pointer(rect) {
        by = -ui.input(egui::InputState::smooth_scroll_delta).y;
    }
    // Also without a step: rows may be fewer than before.
    let mut at = position::moved(drafts.scroll, by, count, fits);
    let id = ui.scope_id().with("shown");
    let shown = ui.data(|data| data.get_temp::<Option<usize>>(id)).flatten();
    if let Some(selected) = bench.selected().filter(|selected| shown != Some(*selected)) {
        if let Ok(place) = bench.place_of(selected) {
            at = position::showing(at, place, count, fits);
        }
        ui.data_mut(|data| data.insert_temp(id, Some(selected)));
    }
    drafts.scroll = at;
}

/// Rows that fit whole.
fn visible(rect: Rect) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a screenful of rows"
    )]
    let rows = (rect.height() / ROW).floor().max(1.0) as usize;
    rows
}

pub(super) fn rows(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
    rect: Rect,
    columns: &[(usize, f32, f32)],
) {
    let (first, part) = drafts.scroll;
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut y = rect.top() - part;
    let shown = (first..bench.shown_len()).map_while(|place| bench.shown_at(place));
    for index in shown {
        if y >= rect.bottom() {
            break;
        }
        let line = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width() - BAR, ROW));
        if let Some(row) = bench.rows().get(index) {
            let response = ui.interact(line, ui.scope_id().with(index), Sense::click());
            let chosen = bench.selected() == Some(index);
            response.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::accesskit::Role::ListBoxOption,
                    true,
                    chosen,
                    name(row),
                )
            });
            if response.clicked() {
                actions.push(Action::SelectRow(Some(index)));
                actions.push(Action::Follow(index + 1 == bench.rows().len()));
            }
            response.context_menu(|ui| {
                for form in CopyForm::ALL {
                    if ui.button(form.name()).clicked() {
                        actions.push(Action::SelectRow(Some(index)));
                        actions.push(Action::CopyRow(form));
                    }
                }
                ui.separator();
                if row.is_authentication() || row.is_iso_authentication() {
                    try_keys(index, drafts, actions, ui);
                }
                calculator::menu_ui(bench, drafts, index, ui);
                if ui.button("Mark row").clicked() {
                    actions.push(Action::SelectRow(Some(index)));
                    actions.push(Action::ToggleMark);
                }
                if ui.button("Note on row…").clicked() {
                    drafts.note = Some(NoteDraft {
                        row: index,
                        text: bench.note(index).unwrap_or_default().to_owned(),
                        focused: false,
                    });
                }
            });
            paint_row(bench, &ui, row, line, (chosen, response.hovered()), columns);
        }
        y += ROW;
    }
}

/// Trying keys on the authentication of a row.
fn try_keys(row: usize, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let row = Some(row);
    if ui.button("Try all keys").clicked() {
        let dictionary = None;
        actions.push(Action::FindKeys { row, dictionary });
    }
    if ui.button("Try keys of a dictionary…").clicked() {
        drafts.path = PathDraft {
            purpose: Some(PathPurpose::Dictionary { row }),
            ..PathDraft::default()
        };
    }
    ui.separator();
}

pub(super) fn scroll_bar(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui, rect: Rect) {
    let (count, fits) = (bench.shown_len(), visible(rect));
    if count <= fits {
        return;
    }
    let palette = Palette::of(ui);
    let track = Rect::from_min_max(pos2(rect.right() - BAR + 2.0, rect.top()), rect.max);
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ScrollBar, true, "Scroll the trace")
    });
    #[expect(
        clippy::cast_precision_loss,
        reason = "a position on a bar of some hundred pixels"
    )]
    let (share, at) = (
        fits as f32 / count as f32,
        drafts.scroll.0 as f32 / count as f32,
    );
    let height = (track.height() * share).max(24.0);
    let span = track.height() - height;
    let top = track.top() + (at / (1.0 - share).max(f32::EPSILON)).min(1.0) * span;
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = (pointer.y - track.top() - height / 2.0) / span.max(1.0);
        drafts.scroll = position::at_share(share, count, fits);
    }
    let color = if response.hovered() || response.dragged() {
        palette.line2
    } else {
        palette.bg4
    };
    let handle = Rect::from_min_size(pos2(track.left(), top), vec2(track.width() - 2.0, height));
    ui.painter().rect_filled(handle, 3.0, color);
}
