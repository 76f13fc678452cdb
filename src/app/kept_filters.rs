//! The window of kept filters: their names and their order, which is that of their buttons.

use eframe::egui::{Grid, Key, RichText, Ui};

use super::drafts::Drafts;
use super::theme::{self, Palette};
use super::{dialogs, text, widgets};
use crate::workbench::{Action, SavedFilter, Setting, Workbench};

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
        } else if let Some(edited) = list_ui(kept, ui) {
            actions.push(Action::Set(Setting::Filters(edited)));
        }
        ui.add_space(6.0);
        close |= widgets::primary_button(ui, "Close filters", Ok(())).clicked();
    });
    drafts.kept_filters = !close;
}

/// The filters as they were edited, when they were.
fn list_ui(kept: &[SavedFilter], ui: &mut Ui) -> Option<Vec<SavedFilter>> {
    let mut edited = None;
    Grid::new("kept filters").num_columns(3).show(ui, |ui| {
        for (place, filter) in kept.iter().enumerate() {
            let number = place + 1;
            let mut name = filter.name.clone();
            let label = format!("Name of filter {number}");
            if widgets::field(ui, &label, &mut name, &filter.text, 180.0).changed() {
                let mut all = kept.to_vec();
                if let Some(own) = all.get_mut(place) {
                    own.name = name;
                }
                edited = Some(all);
            }
            let text = RichText::new(&filter.text).font(theme::mono());
            let text = eframe::egui::Label::new(text.color(Palette::of(ui).t2));
            ui.scope(|ui| {
                ui.set_max_width(320.0);
                ui.add(text.wrap());
            });
            let moved = widgets::order_ui(ui, &format!("filter {number}"), place, kept.len());
            if let Some(moved) = moved {
                edited = Some(moved.apply(kept, place));
            }
            ui.end_row();
        }
    });
    edited
}
