//! What the virtual card does where the sources conflict or are silent: our own choices, each with its reason.

use eframe::egui::{self, CollapsingHeader, ComboBox, DragValue, RichText, Ui};

use crate::app::theme::Palette;
use crate::app::{text, widgets};
use crate::virtual_card::{Choice, Profile, Values};
use crate::workbench::{Action, Reader};

pub(super) fn choices_ui(
    reader: &Reader,
    profile: &Profile,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let changed = profile.changed().count();
    let title = match changed {
        0 => "Choices where sources differ".to_owned(),
        1 => "Choices where sources differ, 1 changed".to_owned(),
        some => format!("Choices where sources differ, {some} changed"),
    };
    // The title changes with the choices; the section stays the same.
    let section = CollapsingHeader::new(&title)
        .id_salt("choices")
        .show(ui, |ui| {
            ui.label(RichText::new(text::CHOICES_ARE_OURS).color(palette.t3));
            let can = reader.can_change();
            if let Err(why) = can {
                ui.label(RichText::new(why).color(palette.t2));
            }
            for choice in Profile::choices() {
                ui.add_enabled_ui(can.is_ok(), |ui| line(choice, profile, actions, ui));
            }
            let can = can.and(if changed == 0 {
                Err("Off, all are as at first")
            } else {
                Ok(())
            });
            if widgets::button(ui, "All as at first", can).clicked() {
                let defaults = profile
                    .changed()
                    .map(|(choice, _)| (choice.name(), choice.default_value()));
                actions.push(Action::Choose(defaults.collect()));
            }
        });
    section
        .header_response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &title));
}

fn line(choice: &Choice, profile: &Profile, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (name, value) = (choice.name(), choice.value(profile));
    let words = name.replace('-', " ");
    let own = value != choice.default_value();
    let reason = choice.reason();
    ui.horizontal(|ui| {
        let color = if own { palette.accent } else { palette.t2 };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let picked = match choice.values() {
                Values::Words(all) => pick(ui, &words, &value, all),
                Values::Number => number(ui, &words, &value),
            };
            if let Some(picked) = picked.filter(|picked| *picked != value) {
                actions.push(Action::Choose(vec![(name.clone(), picked)]));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let label = egui::Label::new(RichText::new(&words).color(color)).truncate();
                ui.add(label).on_hover_text(&reason);
            });
        });
    });
}

fn pick(ui: &mut Ui, name: &str, value: &str, all: &[&str]) -> Option<String> {
    let mut picked = None;
    let list = ComboBox::from_id_salt(name)
        .selected_text(value)
        .width(110.0)
        .show_ui(ui, |ui| {
            for word in all {
                if ui.selectable_label(*word == value, *word).clicked() {
                    picked = Some((*word).to_owned());
                }
            }
        });
    list.response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, name));
    picked
}

fn number(ui: &mut Ui, name: &str, value: &str) -> Option<String> {
    let mut number: u8 = value.parse().ok()?;
    let response = ui.add(DragValue::new(&mut number));
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::SpinButton, true, name));
    response.changed().then(|| number.to_string())
}
