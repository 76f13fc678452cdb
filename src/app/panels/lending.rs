//! Lending a card to the virtual reader that programs use: ours as a card, a real one as a tap.

use eframe::egui::{RichText, Ui};

use crate::app::drafts::{Drafts, VPCD};
use crate::app::theme::Palette;
use crate::app::{text, widgets};
use crate::workbench::{Action, LendingState, Reader};

pub(super) fn lending_ui(
    reader: &Reader,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let ours = reader.embedded().is_some();
    let (title, start, end, help) = if ours {
        ("Lend to programs", "Lend", "Take back", text::LEND_HELP)
    } else {
        ("Tap", "Start tap", "End tap", text::TAP_HELP)
    };
    widgets::section(ui, title);
    let Some(lending) = &reader.lending else {
        ui.horizontal(|ui| {
            widgets::field(ui, "Virtual reader", &mut drafts.lend_to, VPCD, 128.0)
                .on_hover_text(help);
            if widgets::button(ui, start, reader.can_lend())
                .on_hover_text(help)
                .clicked()
            {
                actions.push(Action::Lend(drafts.lend_to().to_owned()));
            }
        });
        return;
    };
    let (color, state) = match &lending.state {
        LendingState::Connected => (palette.ok, format!("Connected to {}", lending.address)),
        LendingState::Quiet(seconds) => (
            palette.t2,
            format!(
                "Connected to {}, no program for {seconds} s",
                lending.address
            ),
        ),
        LendingState::Waiting(why) => (palette.t2, format!("Waiting: {why}")),
    };
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, end, Ok(())).clicked() {
            actions.push(Action::TakeBack);
        }
        ui.label(RichText::new(state).color(color));
    });
}
