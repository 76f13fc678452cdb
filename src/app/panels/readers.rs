//! Readers: the embedded cards, who the card is, and what can be done with it.

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::ota::application;
use crate::workbench::{Action, CardStart, HexGroup, Reader, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if bench.readers().is_empty() {
        widgets::empty(ui, text::READERS_EMPTY);
        ui.vertical_centered(|ui| {
            if widgets::button(ui, "Add an embedded card", Ok(())).clicked() {
                actions.push(Action::CreateCard(CardStart::Demo));
            }
        });
        return;
    }
    widgets::section(ui, "Embedded");
    for (index, reader) in bench.readers().iter().enumerate() {
        if line(ui, reader, index == bench.chosen()).clicked() {
            actions.push(Action::ChooseReader(index));
        }
    }
    widgets::section(ui, "PC/SC");
    let palette = Palette::of(ui);
    ui.label(RichText::new(text::PCSC_ELSEWHERE).color(palette.t3));
    ui.separator();
    if let Some(reader) = bench.reader() {
        identity(ui, reader);
        presence(bench, reader, actions, ui);
        commands(bench, drafts, actions, ui);
        raw_line(bench, drafts, actions, ui);
    }
}

/// A new card, in the tab bar.
pub(super) fn actions_ui(actions: &mut Vec<Action>, ui: &mut Ui) {
    if widgets::icon_button(ui, Icon::Add, "New embedded card").clicked() {
        actions.push(Action::CreateCard(CardStart::Demo));
    }
}

fn line(ui: &mut Ui, reader: &Reader, chosen: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::accesskit::Role::ListBoxOption,
            true,
            chosen,
            &reader.name,
        )
    });
    if chosen || response.hovered() {
        ui.painter().rect_filled(
            rect,
            3.0,
            if chosen {
                palette.selection
            } else {
                palette.bg2
            },
        );
    }
    let state = match (reader.alive, reader.busy.is_some(), reader.present) {
        (false, ..) => "ended",
        (_, true, _) => "busy",
        (_, _, true) => "connected",
        _ => "no card",
    };
    let color = if chosen { palette.accent } else { palette.t2 };
    icons::paint(
        ui,
        Icon::Card,
        egui::pos2(rect.left() + 8.0, rect.center().y),
        color,
    );
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(
        egui::pos2(rect.left() + 22.0, rect.center().y),
        egui::Align2::LEFT_CENTER,
        &reader.name,
        font,
        palette.t1,
    );
    let small = theme::small().resolve(ui.style());
    ui.painter().text(
        egui::pos2(rect.right() - 4.0, rect.center().y),
        egui::Align2::RIGHT_CENTER,
        if rect.width() < 150.0 { "" } else { state },
        small,
        palette.t2,
    );
    response
}

fn identity(ui: &mut Ui, reader: &Reader) {
    let palette = Palette::of(ui);
    let capabilities = reader.image.product.capabilities();
    let part = capabilities.hardware;
    ui.label(
        RichText::new(format!(
            "{}, {}",
            capabilities.generation.name(),
            part.storage_text()
        ))
        .font(theme::strong())
        .color(palette.t1),
    );
    egui::Grid::new("identity")
        .num_columns(2)
        .spacing(vec2(8.0, 0.0))
        .show(ui, |ui| {
            widgets::section(ui, "UID");
            let uid = HexGroup::Four.print(&reader.image.uid);
            ui.label(RichText::new(uid).font(theme::mono()).color(palette.t1))
                .on_hover_text("As the reader reports it");
            ui.end_row();
            widgets::section(ui, "Decided by");
            ui.label(deciding(palette, &part.bytes()))
                .on_hover_text(text::DECIDED_BY);
            ui.end_row();
        });
}

/// The hardware part of GetVersion with the bytes underlined that tell type, generation and size.
fn deciding(palette: &Palette, bytes: &[u8]) -> egui::text::LayoutJob {
    let [header, data, ..] = palette.fields;
    let mut job = egui::text::LayoutJob::default();
    for (place, byte) in bytes.iter().enumerate() {
        let underline = match place {
            1 | 3 | 4 => Some(header.0),
            5 => Some(data.0),
            _ => None,
        };
        let color = if underline.is_some() {
            palette.t1
        } else {
            palette.t3
        };
        let mut format = egui::TextFormat::simple(theme::mono(), color);
        if let Some(hue) = underline {
            format.underline = egui::Stroke::new(2.0, hue);
        }
        job.append(&hex::upper([*byte]), 0.0, format);
    }
    job
}

fn presence(bench: &Workbench, reader: &Reader, actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let name = if reader.present {
            "Remove card"
        } else {
            "Present card"
        };
        if widgets::button(ui, name, Ok(())).clicked() {
            actions.push(Action::PresentCard(!reader.present));
        }
        if widgets::button(ui, "Reset", bench.can_send()).clicked() {
            actions.push(Action::ResetCard);
        }
        if widgets::button(ui, "List apps", bench.can_send()).clicked() {
            actions.push(Action::ListApplications);
        }
    });
}

fn commands(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    if drafts.aid.is_empty() && drafts.key_no.is_empty() && drafts.file_no.is_empty() {
        drafts.aid = bench.aid_text(application::AID);
        (drafts.key_no, drafts.file_no) = ("1".into(), "01".into());
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        widgets::section(ui, "App");
        widgets::field(ui, "Application", &mut drafts.aid, "014499", 62.0);
        widgets::section(ui, "Key");
        widgets::field(ui, "Key number", &mut drafts.key_no, "1", 26.0);
        widgets::section(ui, "File");
        widgets::field(ui, "File number", &mut drafts.file_no, "01", 28.0);
    });
    let order = bench.settings().aid_order;
    let aid = order
        .parse(&drafts.aid)
        .map_err(|error| format!("Application: {error}"));
    let number = |text: &str, name: &str| {
        u8::from_str_radix(text.trim(), 16)
            .ok()
            .filter(|number| *number <= 0x1F)
            .ok_or_else(|| format!("{name} is {text:?}, 00 to 1F expected"))
    };
    let key_no = number(&drafts.key_no, "Key number");
    let file_no = number(&drafts.file_no, "File number");
    for error in [
        aid.as_ref().err(),
        key_no.as_ref().err(),
        file_no.as_ref().err(),
    ]
    .into_iter()
    .flatten()
    {
        widgets::complaint(ui, error);
    }
    let typed = aid.ok().zip(key_no.ok());
    let can = bench.can_send().and(
        typed
            .map(|_| ())
            .ok_or("Off, the application or key number is not one"),
    );
    ui.horizontal(|ui| {
        if widgets::button(ui, "Authenticate", can).clicked()
            && let Some((aid, key_no)) = typed
        {
            actions.push(Action::Authenticate { aid, key_no });
        }
        let can = can.and(
            file_no
                .as_ref()
                .map(|_| ())
                .map_err(|_| "Off, the file number is not one"),
        );
        if widgets::button(ui, "Read file", can).clicked()
            && let (Some((aid, key_no)), Ok(file_no)) = (typed, file_no)
        {
            actions.push(Action::ReadFile {
                aid,
                key_no,
                file_no,
            });
        }
    });
}

fn raw_line(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let parsed = hex::parse(&drafts.raw);
    let can = match &parsed {
        _ if drafts.raw.trim().is_empty() => Err("Off, type a frame first"),
        Err(_) => Err("Off, the frame is not hexadecimal"),
        Ok(_) => bench.can_send(),
    };
    let mut send = false;
    ui.horizontal(|ui| {
        let response = widgets::field(
            ui,
            "Raw APDU",
            &mut drafts.raw,
            "90 60 00 00 00",
            (ui.available_width() - 58.0).max(20.0),
        );
        send = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::ArrowUp)) {
            let at = drafts
                .raw_history
                .iter()
                .rposition(|sent| *sent == drafts.raw)
                .unwrap_or(drafts.raw_history.len());
            if let Some(before) = at.checked_sub(1).and_then(|at| drafts.raw_history.get(at)) {
                drafts.raw.clone_from(before);
            }
        }
        send |= widgets::button(ui, "Send", can).clicked();
    });
    if let (Err(error), false) = (&parsed, drafts.raw.trim().is_empty()) {
        widgets::complaint(ui, &format!("Raw APDU: {error}"));
    }
    if let (true, Ok(()), Ok(bytes)) = (send, can, parsed) {
        drafts.raw_history.push(drafts.raw.clone());
        actions.push(Action::SendRaw(bytes));
    }
}
