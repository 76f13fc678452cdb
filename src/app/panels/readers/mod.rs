//! Readers: embedded cards, readers on the desk, ports; who the card is, and what can be done with it.

mod connection;
mod identity;
mod list;

use eframe::egui::{self, RichText, Ui};

use crate::app::drafts::{Drafts, PORT, first_port};
use crate::app::icons::Icon;
use crate::app::theme::Palette;
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::ota::application;
use crate::report::capital;
use crate::workbench::{Action, CardStart, Place, Port, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    // The list stands close; what follows does not.
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        list_ui(bench, drafts, actions, ui);
    });
    ui.separator();
    if let Some(reader) = bench.reader() {
        identity::identity_ui(reader, ui);
        connection::connection_ui(bench, reader, actions, ui);
        commands(bench, drafts, actions, ui);
        raw_line(bench, drafts, actions, ui);
        if reader.embedded().is_none() {
            ui.separator();
            super::lending::lending_ui(reader, drafts, actions, ui);
        }
    } else {
        let palette = Palette::of(ui);
        ui.label(RichText::new(text::NO_READER).color(palette.t2));
    }
}

/// All readers, by kind.
fn list_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    widgets::section(ui, "Embedded");
    let embedded = lines(bench, actions, ui, |place| {
        matches!(place, Place::Embedded(_))
    });
    if !embedded && widgets::button(ui, "Add an embedded card", Ok(())).clicked() {
        actions.push(Action::CreateCard(CardStart::Demo));
    }
    widgets::section(ui, "PC/SC");
    let on_desk = lines(bench, actions, ui, |place| matches!(place, Place::Desk(_)));
    desk_note(bench, on_desk, ui);
    ports(bench, drafts, actions, ui);
}

/// The readers of one kind; gives whether there are any.
fn lines(
    bench: &Workbench,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
    kind: impl Fn(&Place) -> bool,
) -> bool {
    let mut any = false;
    for (index, reader) in bench.readers().iter().enumerate() {
        if kind(&reader.place) {
            any = true;
            if list::line_ui(reader, index == bench.chosen(), ui).clicked() {
                actions.push(Action::ChooseReader(index));
            }
        }
    }
    any
}

/// What is wrong with PC/SC, or that there is nothing.
fn desk_note(bench: &Workbench, any: bool, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let note = match bench.desk_trouble() {
        _ if cfg!(not(feature = "pcsc")) => text::NO_PCSC.to_owned(),
        Some(trouble) => capital(trouble),
        None if any => return,
        None if bench.desk_known() => text::DESK_EMPTY.to_owned(),
        None => text::DESK_UNKNOWN.to_owned(),
    };
    ui.label(RichText::new(note).color(palette.t2));
}

fn ports(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        widgets::section(ui, "Ports");
        if widgets::icon_button(ui, Icon::Add, text::OPEN_PORT).clicked() {
            drafts.port = match drafts.port {
                None => Some(first_port()),
                Some(_) => None,
            };
        }
    });
    lines(bench, actions, ui, |place| matches!(place, Place::Port(_)));
    if let Some(port) = &mut drafts.port
        && port_form(port, actions, ui)
    {
        drafts.port = None;
    }
}

/// What to open; whether that was asked for.
fn port_form(port: &mut Port, actions: &mut Vec<Action>, ui: &mut Ui) -> bool {
    let problem = match port.check() {
        Err(error) => Some(error.to_string()),
        Ok(address) if address.reaches_out() && !port.open_to_network => {
            Some(text::PORT_REACHES_OUT.to_owned())
        }
        Ok(_) => None,
    };
    let mut asked = false;
    ui.horizontal(|ui| {
        widgets::field(ui, "Port address", &mut port.address, PORT, 128.0)
            .on_hover_text(text::PORT_HELP);
        let can = problem.as_ref().map_or(Ok(()), |_| Err(text::PORT_OFF));
        if widgets::button(ui, "Listen", can).clicked() {
            actions.push(Action::Listen(port.clone()));
            asked = true;
        }
    });
    if let Some(problem) = problem {
        widgets::complaint(ui, &capital(&problem));
    }
    ui.checkbox(&mut port.open_to_network, text::OPEN_TO_NETWORK)
        .on_hover_text(text::OPEN_WARNING);
    asked
}

/// A new card, in the tab bar.
pub(super) fn actions_ui(actions: &mut Vec<Action>, ui: &mut Ui) {
    if widgets::icon_button(ui, Icon::Add, "New embedded card").clicked() {
        actions.push(Action::CreateCard(CardStart::Demo));
    }
}

/// One-click commands.
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
