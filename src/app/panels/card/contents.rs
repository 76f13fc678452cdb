//! What the embedded card holds: applications with their files, and the bytes of a chosen file.

use eframe::egui::{self, Align2, RichText, Sense, Ui, pos2, vec2};

use crate::app::drafts::Drafts;
use crate::app::theme::{self, Palette, ROW};
use crate::app::widgets;
use crate::bytes::hex;
use crate::card::Aid;
use crate::card::settings::FileKind;
use crate::virtual_card::{ApplicationImage, FileContent, FileImage};
use crate::workbench::{Action, Workbench};

/// Width of the file number and of the type.
const COLUMNS: [f32; 2] = [34.0, 104.0];

pub(super) fn application_ui(
    bench: &Workbench,
    (aid, application): (Aid, &ApplicationImage),
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        widgets::section(ui, "Application");
        let text = RichText::new(bench.aid_text(aid)).font(theme::mono());
        ui.label(text.color(palette.t1));
        let versions: Vec<String> = application
            .key_values
            .iter()
            .map(|key| format!("{:02X}", key.version))
            .collect();
        let count = format!("{} keys", application.key_values.len());
        ui.label(RichText::new(count).color(palette.t2))
            .on_hover_text(format!("Versions {}", versions.join(" ")));
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    for (file_no, file) in &application.files {
        file_ui(aid, (*file_no, file), drafts, actions, ui);
    }
}

fn file_ui(
    aid: Aid,
    (file_no, file): (u8, &FileImage),
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let chosen = drafts.card_file == Some((aid, file_no));
    if line(ui, file_no, file, chosen).clicked() {
        drafts.card_file = (!chosen).then_some((aid, file_no));
    }
    if !chosen {
        return;
    }
    let palette = Palette::of(ui);
    egui::Frame::new()
        .fill(palette.bg2)
        .inner_margin(8)
        .corner_radius(4)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            let settings = &file.settings;
            let rules = format!("{}, {}", settings.mode(), settings.rights);
            ui.label(RichText::new(rules).color(palette.t2))
                .on_hover_text("Communication mode; keys for read, write, read and write, change");
            match &file.content {
                FileContent::Data(data) => bytes(ui, data),
                FileContent::Records(records) => {
                    if records.is_empty() {
                        ui.label(RichText::new("No record yet").color(palette.t3));
                    }
                    for (age, record) in records.iter().rev().enumerate() {
                        widgets::section(ui, &format!("Record {age}, 0 is the newest"));
                        bytes(ui, record);
                    }
                }
                FileContent::Value(_) => value(aid, file_no, file, &mut drafts.value, actions, ui),
                FileContent::Tmac { tmc, tmv, .. } => {
                    for (name, text) in [("TMC", tmc.to_string()), ("TMV", hex::upper(tmv))] {
                        ui.horizontal(|ui| {
                            widgets::section(ui, name);
                            let text = RichText::new(text).font(theme::mono());
                            ui.label(text.color(palette.t1));
                        });
                    }
                }
            }
        });
}

fn line(ui: &mut Ui, file_no: u8, file: &FileImage, chosen: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let content = summary(file);
    response.widget_info(|| {
        let role = egui::accesskit::Role::TreeItem;
        let name = format!("File {file_no:02X} {content}");
        egui::WidgetInfo::selected(role, true, chosen, name)
    });
    if chosen || response.hovered() {
        let fill = if chosen {
            palette.selection
        } else {
            palette.bg2
        };
        ui.painter().rect_filled(rect, 3.0, fill);
    }
    let [number, kind] = COLUMNS;
    let middle = rect.center().y;
    let body = egui::TextStyle::Body.resolve(ui.style());
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    ui.painter().text(
        pos2(rect.left() + 6.0, middle),
        Align2::LEFT_CENTER,
        format!("{file_no:02X}"),
        theme::mono(),
        quiet,
    );
    ui.painter().text(
        pos2(rect.left() + number, middle),
        Align2::LEFT_CENTER,
        file.settings.kind.name(),
        body.clone(),
        palette.t2,
    );
    let mut job = egui::text::LayoutJob::simple_singleline(content.clone(), body, palette.t1);
    let room = rect.width() - number - kind - 6.0;
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left() + number + kind, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.t1);
    response.on_hover_text(format!("{content}. A click shows what the file holds"))
}

/// What a file holds, in a few words.
fn summary(file: &FileImage) -> String {
    match (&file.content, &file.settings.kind) {
        (FileContent::Data(data), _) => format!("{} bytes", data.len()),
        (FileContent::Value(value), FileKind::Value(limits)) => {
            format!("{value}, limits {} to {}", limits.lower, limits.upper)
        }
        (FileContent::Value(value), _) => value.to_string(),
        (FileContent::Records(records), FileKind::Linear(kind)) => {
            format!("{} of {} records", records.len(), kind.max_records)
        }
        // One record of a cyclic file is spare, for the write that is not committed yet.
        (FileContent::Records(records), FileKind::Cyclic(kind)) => {
            let most = kind.max_records.saturating_sub(1);
            format!("{} of {most} records", records.len())
        }
        (FileContent::Records(records), _) => format!("{} records", records.len()),
        (FileContent::Tmac { tmc, tmv, .. }, _) => format!("TMC {tmc}, {}", hex::upper(tmv)),
    }
}

/// Lines of bytes with their offsets; zero bytes are quieter.
fn bytes(ui: &mut Ui, data: &[u8]) {
    let palette = Palette::of(ui);
    let per_line = if ui.available_width() > 400.0 { 16 } else { 8 };
    for (line, bytes) in data.chunks(per_line).enumerate() {
        let mut job = egui::text::LayoutJob::default();
        let mut add = |text: String, color| {
            let format = egui::TextFormat::simple(theme::mono(), color);
            job.append(&text, 0.0, format);
        };
        add(format!("{:02X}  ", line * per_line), palette.t3);
        for byte in bytes {
            let color = if *byte == 0 { palette.t3 } else { palette.t1 };
            add(format!("{byte:02X} "), color);
        }
        ui.label(job);
    }
}

fn value(
    aid: Aid,
    file_no: u8,
    file: &FileImage,
    typed: &mut String,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let FileKind::Value(limits) = &file.settings.kind else {
        return;
    };
    let fits = |value: &i32| (limits.lower..=limits.upper).contains(value);
    let value = typed.trim().parse::<i32>().ok().filter(fits);
    ui.horizontal(|ui| {
        widgets::field(ui, "New value", typed, "New value", 80.0);
        let can = value
            .map(|_| ())
            .ok_or("Off, type a value within the limits first");
        if let (true, Some(value)) = (widgets::button(ui, "Set value", can).clicked(), value) {
            actions.push(Action::EditValue {
                aid,
                file_no,
                value,
            });
        }
    });
    if value.is_none() && !typed.trim().is_empty() {
        let text = format!(
            "Value is {typed:?}, a number from {} to {} expected",
            limits.lower, limits.upper
        );
        widgets::complaint(ui, &text);
    }
}
