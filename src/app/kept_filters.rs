//! The window of kept filters: their names and their order, which is that of their buttons.

use eframe::egui::{Key, Label, RichText, ScrollArea, Ui};

use super::drafts::Drafts;
use super::theme::{self, Palette};
use super::{dialogs, text, widgets};
use crate::workbench::{Action, SavedFilter, Setting, Workbench};

const WIDTH: f32 = 480.0;

/// The window, when it is open.
pub(super) fn window_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if !drafts.kept_filters {
        return;
    }
    let mut close = ui.input(|input| input.key_pressed(Key::Escape));
    dialogs::window(ui, "Kept filters", |ui| {
        let kept = &bench.settings().filters;
        if kept.is_empty() {
            let (what, then) = text::NO_FILTERS;
            ui.label(RichText::new(what).color(Palette::of(ui).t2));
            ui.label(RichText::new(then).color(Palette::of(ui).t3));
        } else {
            // The button below stays in view on a small screen.
            let height = (ui.ctx().content_rect().height() - 200.0).max(60.0);
            let list = ScrollArea::vertical().max_height(height);
            let edited = list.show(ui, |ui| list_ui(kept, ui)).inner;
            actions.extend(edited.map(|edited| Action::Set(Setting::Filters(edited))));
        }
        ui.add_space(6.0);
        close |= widgets::primary_button(ui, "Close filters", Ok(())).clicked();
    });
    drafts.kept_filters = !close;
}

/// The filters as they were edited, when they were.
fn list_ui(kept: &[SavedFilter], ui: &mut Ui) -> Option<Vec<SavedFilter>> {
    let mut edited = None;
    ui.set_max_width(WIDTH);
    for (place, filter) in kept.iter().enumerate() {
        let number = place + 1;
        let mut name = filter.name.clone();
        ui.horizontal(|ui| {
            let label = format!("Name of filter {number}");
            if widgets::field(ui, &label, &mut name, &filter.text, 260.0).changed() {
                let mut all = kept.to_vec();
                if let Some(own) = all.get_mut(place) {
                    own.name = name;
                }
                edited = Some(all);
            }
            let moved = widgets::order_ui(ui, &format!("filter {number}"), place, kept.len());
            if let Some(moved) = moved {
                edited = Some(moved.apply(kept, place));
            }
        });
        let text = RichText::new(&filter.text).font(theme::mono());
        ui.add(Label::new(text.color(Palette::of(ui).t2)).wrap());
        ui.add_space(4.0);
    }
    edited
}
