//! The embedded card: what it holds, and faults to put it through.

mod faults;

use eframe::egui::{RichText, Ui};

use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::card::Aid;
use crate::virtual_card::{FileContent, FileImage};
use crate::workbench::{Action, CardStart, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Some(reader) = bench.reader() else {
        widgets::empty(ui, text::CARD_EMPTY);
        create(actions, ui);
        return;
    };
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(
            RichText::new(&reader.name)
                .font(theme::strong())
                .color(palette.t1),
        );
        if widgets::button(ui, "Snapshot", Ok(()))
            .on_hover_text("Keep the card's present state")
            .clicked()
        {
            actions.push(Action::Snapshot);
        }
        let can = reader
            .snapshot
            .as_ref()
            .map(|_| ())
            .ok_or("Off, no state was kept");
        if widgets::button(ui, "Restore", can).clicked() {
            actions.push(Action::Restore);
        }
        if widgets::button(ui, "Remove", Ok(())).clicked() {
            actions.push(Action::RemoveCard(bench.chosen()));
        }
    });
    if reader.image.applications.is_empty() {
        ui.label(RichText::new("The card is blank").color(palette.t2));
        if widgets::primary_button(ui, "Personalise the card", bench.can_send()).clicked() {
            actions.push(Action::Personalise);
        }
    }
    for (aid, application) in &reader.image.applications {
        ui.label(
            RichText::new(format!("{aid}  {} keys", application.key_values.len()))
                .font(theme::mono())
                .color(palette.t1),
        );
        for (file_no, file) in &application.files {
            file_ui(*aid, *file_no, file, drafts, actions, ui);
        }
    }
    ui.separator();
    faults::faults_ui(bench, reader, &mut drafts.fault, actions, ui);
    ui.separator();
    create(actions, ui);
    images(drafts, ui);
}

fn file_ui(
    aid: Aid,
    file_no: u8,
    file: &FileImage,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let content = match &file.content {
        FileContent::Data(data) => format!("{} bytes", data.len()),
        FileContent::Value(value) => value.to_string(),
        FileContent::Records(records) if records.len() == 1 => "1 record".into(),
        FileContent::Records(records) => format!("{} records", records.len()),
        FileContent::Tmac { tmc, tmv, .. } => format!("TMC {tmc}, TMV {}", hex::upper(tmv)),
    };
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(format!("  {file_no:02X}"))
                .font(theme::mono())
                .color(palette.t2),
        );
        let settings = &file.settings;
        ui.label(RichText::new(settings.kind.name()).color(palette.t2))
            .on_hover_text(format!("{}, {}", settings.mode(), settings.rights));
        ui.add(eframe::egui::Label::new(RichText::new(&content).color(palette.t1)).truncate())
            .on_hover_text(&content);
    });
    if let FileContent::Value(_) = file.content {
        let value = drafts.value.trim().parse::<i32>();
        ui.horizontal(|ui| {
            ui.add_space(24.0);
            widgets::field(ui, "New value", &mut drafts.value, "New value", 80.0);
            let can = value
                .as_ref()
                .map(|_| ())
                .map_err(|_| "Off, type a number first");
            if widgets::button(ui, "Set value", can).clicked()
                && let Ok(value) = value
            {
                actions.push(Action::EditValue {
                    aid,
                    file_no,
                    value,
                });
            }
        });
        if !drafts.value.trim().is_empty() && drafts.value.trim().parse::<i32>().is_err() {
            widgets::complaint(
                ui,
                &format!(
                    "Value is {:?}, a number from {} to {} expected",
                    drafts.value,
                    i32::MIN,
                    i32::MAX
                ),
            );
        }
    }
}

fn create(actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "New demo card", Ok(())).clicked() {
            actions.push(Action::CreateCard(CardStart::Demo));
        }
        if widgets::button(ui, "New blank card", Ok(())).clicked() {
            actions.push(Action::CreateCard(CardStart::Blank));
        }
    });
}

fn images(drafts: &mut Drafts, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        for (name, purpose) in [
            ("Save image…", PathPurpose::SaveImage),
            ("Load image…", PathPurpose::LoadImage),
        ] {
            if widgets::button(ui, name, Ok(()))
                .on_hover_text(text::IMAGE_WARNING)
                .clicked()
            {
                drafts.path = PathDraft {
                    purpose: Some(purpose),
                    ..Default::default()
                };
            }
        }
    });
}
