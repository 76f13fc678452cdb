//! The buttons of filters: those of the program, those that the user keeps, and the menu with all.

use eframe::egui::{self, RichText, Ui, WidgetText};

use crate::app::commands::Command;
use crate::app::drafts::Drafts;
use crate::app::text;
use crate::app::theme;
use crate::app::trace_commands::TraceCommand;
use crate::app::widgets;
use crate::workbench::{Action, SavedFilter, Workbench};

/// The kept filters whose names fit whole beside each other, and the width that they take. The others are in the menu.
pub(super) fn chips(bench: &Workbench, ui: &Ui, room: f32) -> (usize, f32) {
    let spacing = ui.spacing();
    let frame = 2.0 * spacing.button_padding.x + spacing.item_spacing.x;
    let mut taken = 0.0;
    let mut count = 0;
    for filter in &bench.settings().filters {
        let text = WidgetText::from(filter.title());
        let wrap = Some(egui::TextWrapMode::Extend);
        let galley = text.into_galley(ui, wrap, f32::INFINITY, egui::TextStyle::Button);
        let wide = galley.size().x + frame;
        if taken + wide > room {
            break;
        }
        taken += wide;
        count += 1;
    }
    (count, taken)
}

/// The buttons, with so many of the kept filters, and the menu with those used before.
pub(super) fn buttons_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
    chips: usize,
) {
    let mut choose = |text: &str| {
        let off = bench.filter_text() == text;
        actions.push(Action::Filter(if off {
            String::new()
        } else {
            text.to_owned()
        }));
    };
    let kept = bench.settings().filters.iter().take(chips);
    let kept = kept.map(|filter| (filter.title(), filter.text.as_str()));
    for (name, own) in text::FILTERS.iter().copied().chain(kept) {
        let response = ui.selectable_label(bench.filter_text() == own, name);
        if response.on_hover_text(own).clicked() {
            choose(own);
        }
    }
    let session = bench.session_filter();
    let can = session
        .as_ref()
        .map(|_| ())
        .ok_or("Off, the selected row is in no session");
    let on = session.as_deref() == Some(bench.filter_text());
    let button = ui.add_enabled(can.is_ok(), egui::Button::selectable(on, "This session"));
    let button = match can {
        Ok(()) => button
            .on_hover_text("Rows from the authentication of the selected row to the session's end"),
        Err(why) => button.on_disabled_hover_text(why),
    };
    if let (true, Some(session)) = (button.clicked(), &session) {
        choose(session);
    }
    let menu = ui.menu_button("Filters", |ui| menu_ui(bench, drafts, actions, ui));
    menu.response
        .on_hover_text("Kept filters and those used before");
}

fn menu_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let settings = bench.settings();
    let mut section = |ui: &mut Ui, title: &str, filters: &[(&str, &str)]| {
        if !filters.is_empty() {
            widgets::section(ui, title);
        }
        for (name, own) in filters {
            let mut shown = RichText::new(*name);
            if name == own {
                shown = shown.font(theme::mono());
            }
            if ui.button(shown).on_hover_text(*own).clicked() {
                actions.push(Action::Filter((*own).to_owned()));
                ui.close();
            }
        }
    };
    let kept = settings.filters.iter();
    let kept: Vec<(&str, &str)> = kept
        .map(|filter| (filter.title(), filter.text.as_str()))
        .collect();
    let before = settings.filter_history.iter();
    let before: Vec<(&str, &str)> = before.map(|own| (own.as_str(), own.as_str())).collect();
    section(ui, "Kept", &kept);
    section(ui, "Used before", &before);
    if kept.is_empty() && before.is_empty() {
        ui.label("Filters that you use appear here");
    }
    ui.separator();
    let own = bench.filter_text().trim().to_owned();
    let is_kept = |filter: &SavedFilter| filter.text == own;
    let words = if settings.filters.iter().any(is_kept) {
        "Forget this filter"
    } else {
        "Keep this filter"
    };
    let can = if bench.is_filtered() {
        Ok(())
    } else {
        Err("Off, no filter is in force")
    };
    if widgets::button(ui, words, can).clicked() {
        actions.push(Action::SaveFilter(own));
        ui.close();
    }
    let command = TraceCommand::KeptFilters;
    if widgets::button(ui, command.name(), Ok(())).clicked() {
        Command::Trace(command).perform(bench, drafts, actions);
        ui.close();
    }
}
