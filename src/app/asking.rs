//! Questions that the user answers before something goes on.

use eframe::egui::{Key, RichText, Ui};

use super::dialogs;
use super::repeats::RepeatDrafts;
use super::theme::{self, Palette};
use super::widgets;
use crate::session::keys::AidOrder;
use crate::workbench::{Action, Workbench};

/// In which order the AIDs of a key table are written.
pub(super) fn aid_order_ui(bench: &Workbench, actions: &mut Vec<Action>, ui: &Ui) {
    let Some(name) = bench.asked_aid_order() else {
        return;
    };
    dialogs::window(ui, "Import keys", |ui| {
        let palette = Palette::of(ui);
        ui.label(
            RichText::new(format!("How are the AIDs in {name} written")).font(theme::strong()),
        );
        ui.label(
            RichText::new("The file does not say. The example application is meant each time")
                .color(palette.t2),
        );
        let orders = [
            ("014499, as people write it", AidOrder::MostSignificantFirst),
            ("994401, as on the wire", AidOrder::Wire),
        ];
        ui.horizontal(|ui| {
            for (words, order) in orders {
                if widgets::button(ui, words, Ok(())).clicked() {
                    actions.push(Action::ImportAs(Some(order)));
                }
            }
            if widgets::button(ui, "Cancel", Ok(())).clicked() {
                actions.push(Action::ImportAs(None));
            }
        });
    });
}

/// Whether a command may erase something of a card that is none of ours.
pub(super) fn erase_ui(
    bench: &Workbench,
    drafts: &mut RepeatDrafts,
    actions: &mut Vec<Action>,
    ui: &Ui,
) {
    drafts.follow(bench);
    let Some(repeat) = drafts.asked.take() else {
        return;
    };
    // Another reader was chosen meanwhile: what was asked is not so any more.
    let Some(erases) = bench.erases(&repeat) else {
        return;
    };
    let mut close = ui.input(|input| input.key_pressed(Key::Escape));
    dialogs::window(ui, "Erase", |ui| {
        ui.label(RichText::new(erases).font(theme::strong()));
        ui.label(RichText::new("It does not come back").color(Palette::of(ui).t2));
        ui.horizontal(|ui| {
            if widgets::button(ui, "Erase", bench.can_send()).clicked() {
                actions.push(Action::Repeat(Box::new(repeat.clone())));
                close = true;
            }
            close |= widgets::primary_button(ui, "Cancel", Ok(())).clicked();
        });
    });
    if !close {
        drafts.asked = Some(repeat);
    }
}
