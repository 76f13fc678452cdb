//! The embedded card: what it holds, and faults to put it through.

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
    faults(bench, drafts, actions, ui);
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

fn faults(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    widgets::section(ui, "Faults, for the next command");
    let tear = drafts.tear.trim().parse::<u32>().ok();
    ui.horizontal(|ui| {
        widgets::field(ui, "Tear before write", &mut drafts.tear, "write", 48.0);
        let can = bench.can_send().and(
            tear.map(|_| ())
                .ok_or("Off, type the number of a write first"),
        );
        let button = widgets::button(ui, "Tear", can)
            .on_hover_text("Power fails before this non-volatile write of the next command");
        if let (true, Some(writes)) = (button.clicked(), tear) {
            actions.push(Action::TearAfter(writes));
        }
    });
    if !drafts.tear.trim().is_empty() && tear.is_none() {
        widgets::complaint(
            ui,
            &format!("Write is {:?}, a number expected", drafts.tear),
        );
    }
    let lose = u8::from_str_radix(drafts.lose.trim(), 16).ok();
    ui.horizontal(|ui| {
        widgets::field(ui, "Lose the answer to", &mut drafts.lose, "code", 48.0);
        let can = bench.can_send().and(
            lose.map(|_| ())
                .ok_or("Off, type a command code such as C7 first"),
        );
        let button = widgets::button(ui, "Lose answer", can)
            .on_hover_text("The card executes the command, the answer never arrives");
        if let (true, Some(ins)) = (button.clicked(), lose) {
            actions.push(Action::LoseAnswer(ins));
        }
    });
    if !drafts.lose.trim().is_empty() && lose.is_none() {
        widgets::complaint(
            ui,
            &format!("Code is {:?}, two hexadecimal digits expected", drafts.lose),
        );
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
