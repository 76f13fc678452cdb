//! Putting the card in and out, connecting, reset.

use eframe::egui::{ComboBox, Ui};

use crate::app::{text, widgets};
use crate::transport::pcsc::{Protocol, Sharing};
use crate::workbench::{Action, Desk, Place, Reader, Workbench};

pub(super) fn connection_ui(
    bench: &Workbench,
    reader: &Reader,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    match &reader.place {
        Place::Desk(desk) if !reader.alive => return connect_ui(bench, reader, desk, actions, ui),
        _ => {}
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (name, action) = match &reader.place {
            Place::Embedded(_) if reader.present => ("Remove card", Action::PresentCard(false)),
            Place::Embedded(_) => ("Present card", Action::PresentCard(true)),
            Place::Desk(_) => ("Disconnect", Action::Disconnect),
            Place::Port(_) => ("Close port", Action::RemoveReader(bench.chosen())),
        };
        let can = match reader.place {
            Place::Embedded(_) => reader.can_change(),
            Place::Desk(_) => reader.can_disconnect(),
            Place::Port(_) => reader.can_remove(),
        };
        if widgets::button(ui, name, can).clicked() {
            actions.push(action);
        }
        if widgets::button(ui, "Reset", bench.can_send()).clicked() {
            actions.push(Action::ResetCard);
        }
        if widgets::button(ui, "List apps", bench.can_send()).clicked() {
            actions.push(Action::ListApplications);
        }
    });
}

/// How to connect, before that is done.
fn connect_ui(
    bench: &Workbench,
    reader: &Reader,
    desk: &Desk,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    ui.horizontal_wrapped(|ui| {
        let can = reader.can_connect();
        if widgets::primary_button(ui, "Connect", can).clicked() {
            actions.push(Action::Connect);
        }
        let sharing = ComboBox::from_id_salt("sharing")
            .width(78.0)
            .selected_text(sharing_text(desk.sharing))
            .show_ui(ui, |ui| {
                for one in [Sharing::Exclusive, Sharing::Shared] {
                    let chosen = ui.selectable_label(desk.sharing == one, sharing_text(one));
                    if chosen.clicked() {
                        actions.push(Action::Share(one));
                    }
                }
            });
        named(sharing.response, "Sharing").on_hover_text(text::SHARING_HELP);
        let protocol = ComboBox::from_id_salt("protocol")
            .width(78.0)
            .selected_text(desk.protocol.text())
            .show_ui(ui, |ui| {
                for one in Protocol::ALL {
                    let chosen = ui.selectable_label(desk.protocol == one, one.text());
                    if chosen.clicked() {
                        actions.push(Action::Speak(one));
                    }
                }
            });
        named(protocol.response, "Protocol").on_hover_text(text::PROTOCOL_HELP);
        if !desk.plugged && widgets::button(ui, "Forget", Ok(())).clicked() {
            actions.push(Action::RemoveReader(bench.chosen()));
        }
    });
}

fn named(response: eframe::egui::Response, name: &str) -> eframe::egui::Response {
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::accesskit::Role::ComboBox, true, name)
    });
    response
}

const fn sharing_text(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Exclusive => "Exclusive",
        Sharing::Shared => "Shared",
    }
}
