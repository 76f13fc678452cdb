//! The settings window: every choice takes effect at once and is kept.

use eframe::egui::{self, Key, RichText, Slider, Ui};

use super::drafts::Drafts;
use super::theme::Palette;
use super::{dialogs, widgets};
use crate::workbench::{
    Action, AidOrder, HexGroup, Setting, Settings, TextFont, ThemeChoice, Workbench,
};

pub(super) fn settings_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if !drafts.settings {
        return;
    }
    let mut close = ui.input(|input| input.key_pressed(Key::Escape));
    dialogs::window(ui, "Settings", |ui| {
        let settings = bench.settings();
        let mut set = Vec::new();
        egui::Grid::new("settings")
            .num_columns(2)
            .spacing([16.0, 8.0])
            .show(ui, |ui| {
                look(settings, &mut set, ui);
                data(settings, &mut set, ui);
            });
        actions.extend(set.into_iter().map(Action::Set));
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            close |= widgets::primary_button(ui, "Close settings", Ok(())).clicked();
            if widgets::button(ui, "Restore defaults", Ok(()))
                .on_hover_text(
                    "All of the above; recent files, panels, columns, colours and filters stay",
                )
                .clicked()
            {
                actions.extend(defaults().map(Action::Set));
            }
        });
    });
    drafts.settings = !close;
}

fn look(settings: &Settings, set: &mut Vec<Setting>, ui: &mut Ui) {
    name(ui, "Theme", "");
    let themes = [
        (ThemeChoice::System, "System"),
        (ThemeChoice::Dark, "Dark"),
        (ThemeChoice::Light, "Light"),
    ];
    set.extend(widgets::segment(ui, "Theme", &themes, settings.theme).map(Setting::Theme));
    ui.end_row();

    let label = name(ui, "Scale", "Ctrl + and Ctrl −");
    let mut scale = settings.scale;
    let slider = Slider::new(&mut scale, Settings::SCALE)
        .step_by(0.1)
        .fixed_decimals(1)
        .update_while_editing(false);
    let slider = ui.add(slider).labelled_by(label.id);
    // While the slider is dragged the window must not grow under the pointer.
    if slider.drag_stopped() || (slider.changed() && !slider.dragged()) {
        set.push(Setting::Scale(scale));
    }
    ui.end_row();

    name(ui, "Text font", "Bytes are always in JetBrains Mono");
    let fonts = [
        (TextFont::Inter, "Inter"),
        (TextFont::Mono, "JetBrains Mono"),
    ];
    set.extend(
        widgets::segment(ui, "Text font", &fonts, settings.text_font).map(Setting::TextFont),
    );
    ui.end_row();

    name(
        ui,
        "Other scripts",
        "Notes and labels in scripts that the two fonts lack",
    );
    let mut on = settings.system_fonts;
    if ui
        .checkbox(&mut on, "Use the system's fonts, from the next start")
        .changed()
    {
        set.push(Setting::SystemFonts(on));
    }
    ui.end_row();
}

fn data(settings: &Settings, set: &mut Vec<Setting>, ui: &mut Ui) {
    name(
        ui,
        "Copied bytes",
        "How hexadecimal text is grouped on the clipboard",
    );
    let groups = HexGroup::ALL.map(|group| (group, group.example()));
    set.extend(
        widgets::segment(ui, "Copied bytes", &groups, settings.hex_group).map(Setting::HexGroup),
    );
    ui.end_row();

    name(
        ui,
        "AIDs",
        "As people write them, or with the least significant byte first as on the wire",
    );
    let orders = [
        (AidOrder::Written, "014499, as written"),
        (AidOrder::Wire, "994401, as sent"),
    ];
    set.extend(widgets::segment(ui, "AIDs", &orders, settings.aid_order).map(Setting::AidOrder));
    ui.end_row();

    let label = name(
        ui,
        "Pauses",
        "A longer pause between two rows of the trace is drawn as a line; 0 draws none",
    );
    let mut gap = settings.gap_ms;
    let drag = egui::DragValue::new(&mut gap)
        .range(0..=3_600_000)
        .speed(50)
        .suffix(" ms");
    if ui.add(drag).labelled_by(label.id).changed() {
        set.push(Setting::GapMs(gap));
    }
    ui.end_row();

    name(
        ui,
        "Saving",
        "Without it an unsaved trace is kept for the next start all the same",
    );
    let mut on = settings.autosave;
    if ui
        .checkbox(&mut on, "Save after every job, once the session has a file")
        .changed()
    {
        set.push(Setting::Autosave(on));
    }
    ui.end_row();
}

/// What the window changes, as it is at the first start.
fn defaults() -> impl Iterator<Item = Setting> {
    let Settings {
        theme,
        scale,
        text_font,
        system_fonts,
        hex_group,
        aid_order,
        autosave,
        gap_ms,
        ..
    } = Settings::default();
    [
        Setting::Theme(theme),
        Setting::Scale(scale),
        Setting::TextFont(text_font),
        Setting::SystemFonts(system_fonts),
        Setting::HexGroup(hex_group),
        Setting::AidOrder(aid_order),
        Setting::Autosave(autosave),
        Setting::GapMs(gap_ms),
    ]
    .into_iter()
}

fn name(ui: &mut Ui, text: &str, hint: &str) -> egui::Response {
    let palette = Palette::of(ui);
    let label = ui.label(RichText::new(text).color(palette.t2));
    if hint.is_empty() {
        label
    } else {
        label.on_hover_text(hint)
    }
}
