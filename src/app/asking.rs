//! Questions that the model has before it can go on.

use eframe::egui::{RichText, Ui};

use super::dialogs;
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
