//! The embedded card: what it holds, and faults to put it through.

mod choices;
mod contents;
mod faults;

use eframe::egui::{self, ComboBox, RichText, Ui};

use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::card::product::Product;
use crate::workbench::{Action, CardStart, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Some(reader) = bench.reader() else {
        widgets::empty(ui, text::CARD_EMPTY);
        create(drafts, actions, ui);
        return;
    };
    let Some(card) = reader.embedded() else {
        widgets::empty(ui, text::CARD_IS_REAL);
        create(drafts, actions, ui);
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
        let can = card
            .snapshot
            .as_ref()
            .map(|_| ())
            .ok_or("Off, no state was kept")
            .and(reader.can_change());
        if widgets::button(ui, "Restore", can).clicked() {
            actions.push(Action::Restore);
        }
        if widgets::button(ui, "Remove", reader.can_remove()).clicked() {
            actions.push(Action::RemoveReader(bench.chosen()));
        }
    });
    if card.image.applications.is_empty() {
        ui.label(RichText::new("The card is blank").color(palette.t2));
        if widgets::primary_button(ui, "Personalise the card", bench.can_send()).clicked() {
            actions.push(Action::Personalise);
        }
    }
    for (aid, application) in &card.image.applications {
        // Lines of files stand close; what follows does not.
        ui.scope(|ui| {
            contents::application_ui(bench, (*aid, application), drafts, actions, ui);
        });
    }
    ui.separator();
    faults::faults_ui(bench, reader, &mut drafts.fault, actions, ui);
    ui.separator();
    choices::choices_ui(reader, &card.image.profile, actions, ui);
    ui.separator();
    super::lending::lending_ui(reader, drafts, actions, ui);
    ui.separator();
    create(drafts, actions, ui);
    images(drafts, ui);
}

fn create(drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    widgets::section(ui, "Cards and images");
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "New demo card", Ok(())).clicked() {
            actions.push(Action::CreateCard(CardStart::Demo));
        }
        if widgets::button(ui, "New blank card", Ok(())).clicked() {
            actions.push(Action::CreateCard(CardStart::Blank));
        }
    });
    ui.horizontal_wrapped(|ui| {
        let product = drafts.product.get_or_insert(Product::DesfireEv3);
        let list = ComboBox::from_id_salt("product")
            .selected_text(product.name())
            .show_ui(ui, |ui| {
                for one in Product::ALL {
                    ui.selectable_value(product, one, one.name());
                }
            });
        list.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, "Product")
        });
        if widgets::button(ui, "New card as delivered", Ok(()))
            .on_hover_text(text::AS_DELIVERED)
            .clicked()
        {
            actions.push(Action::CreateCard(CardStart::Factory(*product)));
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
