//! What the empty trace offers.

use eframe::egui::{self, Ui};

use crate::app::commands::Command;
use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::workbench::{Action, Workbench};

/// The empty trace: three ways, the first certain to work.
pub(super) fn start(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let width = 660.0_f32.min(ui.available_width() - 24.0).max(1.0);
    ui.add_space(((ui.available_height() - 330.0) / 2.0).max(8.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(width);
        ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.label(
                egui::RichText::new(text::START_TITLE)
                    .font(theme::title())
                    .color(palette.t1),
            );
            ui.label(egui::RichText::new(text::START_HINT).color(palette.t2));
            ui.add_space(8.0);
            let frame = egui::Frame::new()
                .fill(palette.bg2)
                .stroke(egui::Stroke::new(1.0, palette.line))
                .corner_radius(6)
                .inner_margin(14);
            frame.show(ui, |ui| {
                way(
                    ui,
                    Icon::Card,
                    (text::START_CARD, text::START_CARD_HINT),
                    |ui| {
                        if widgets::primary_button(ui, text::START_CARD_BUTTON, bench.can_send())
                            .clicked()
                        {
                            Command::TopUp.perform(bench, drafts, actions);
                        }
                    },
                );
                ui.separator();
                way(
                    ui,
                    Icon::File,
                    (text::START_OPEN, text::START_OPEN_HINT),
                    |ui| {
                        if widgets::button(ui, text::START_OPEN_BUTTON, Ok(())).clicked() {
                            Command::Open.perform(bench, drafts, actions);
                        }
                    },
                );
                ui.separator();
                way(
                    ui,
                    Icon::Play,
                    (text::START_SAMPLE, text::START_SAMPLE_HINT),
                    |ui| {
                        if widgets::button(ui, text::START_SAMPLE_BUTTON, Ok(())).clicked() {
                            actions.push(Action::OpenSample(4));
                        }
                    },
                );
            });
        });
    });
}

fn way(ui: &mut Ui, icon: Icon, (title, hint): (&str, &str), button: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(56.0);
        let (square, _) = ui.allocate_exact_size(egui::vec2(36.0, 36.0), egui::Sense::hover());
        ui.painter().rect_filled(square, 6.0, palette.bg3);
        icons::paint(ui, icon, square.center(), palette.t1);
        ui.add_space(8.0);
        ui.vertical(|ui| {
            ui.set_width((ui.available_width() - 170.0).max(120.0));
            ui.label(
                egui::RichText::new(title)
                    .font(theme::strong())
                    .size(13.5)
                    .color(palette.t1),
            );
            ui.label(egui::RichText::new(hint).color(palette.t2));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), button);
    });
}
