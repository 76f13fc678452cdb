//! What can follow in the filter, as a list under its field, with how many rows each choice leaves.

use eframe::egui::{self, Area, Frame, Order, Response, RichText, Sense, Ui, vec2};

use crate::app::theme::{self, Palette};
use crate::app::widgets;
use crate::filter::{Choice, Completion, Filter, complete};
use crate::workbench::Workbench;

/// Choices with what stands beside each.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) completion: Completion,
    beside: Vec<String>,
}

/// An offer with what it was made for.
type Kept = ((String, usize, usize, u64), Option<Offer>);

/// Most lines that are shown.
const LINES: usize = 9;
const LINE: f32 = 22.0;
const WIDTH: f32 = 356.0;

/// The choices at the cursor; made once for a text and a trace.
pub(super) fn offer(bench: &Workbench, ui: &Ui, typed: &str, cursor: usize) -> Option<Offer> {
    let id = egui::Id::unique("filter completions");
    let made_for = (
        typed.to_owned(),
        cursor,
        bench.rows().len(),
        bench.rows_no(),
    );
    let kept = ui.data(|data| data.get_temp::<Kept>(id));
    if let Some((_, offer)) = kept.filter(|(own, _)| *own == made_for) {
        return offer;
    }
    let offer = make(bench, typed, cursor);
    ui.data_mut(|data| data.insert_temp(id, (made_for, offer.clone())));
    offer
}

fn make(bench: &Workbench, typed: &str, cursor: usize) -> Option<Offer> {
    let mut completion = complete(typed, cursor, bench);
    completion.choices.truncate(LINES);
    let beside = completion.choices.iter().map(|choice| {
        if !choice.help.is_empty() {
            return choice.help.clone();
        }
        let (text, _) = completion.take(typed, choice);
        let filter = Filter::parse(&text).ok().flatten();
        let count = filter.and_then(|filter| bench.count_passing(&filter));
        count.map_or_else(String::new, |count| {
            super::filter_bar::rows(count, &widgets::thousands(count))
        })
    });
    let beside = beside.collect();
    (!completion.choices.is_empty()).then_some(Offer { completion, beside })
}

/// Draws the list under the field, and what is wrong; gives the choice that was clicked, with its offer.
pub(super) fn popup(
    ui: &Ui,
    field: &Response,
    offer: Option<Offer>,
    chosen: usize,
    complaint: Option<String>,
) -> Option<(Choice, Offer)> {
    let mut picked = None;
    Area::new(egui::Id::unique("filter completion list"))
        .order(Order::Foreground)
        .fixed_pos(field.rect.left_bottom() + vec2(0.0, 3.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(WIDTH);
                let lines = offer
                    .iter()
                    .flat_map(|offer| offer.completion.choices.iter().zip(&offer.beside));
                let last = lines.clone().count().saturating_sub(1);
                for (place, (choice, beside)) in lines.enumerate() {
                    if line(ui, choice, beside, place == chosen.min(last)) {
                        picked = Some(choice.clone());
                    }
                }
                if let Some(complaint) = complaint {
                    widgets::complaint(ui, &complaint);
                }
            });
        });
    picked.zip(offer)
}

fn line(ui: &mut Ui, choice: &Choice, beside: &str, chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::accesskit::Role::ListBoxOption,
            true,
            format!("Complete {}", choice.text),
        )
    });
    if chosen || response.hovered() {
        let fill = if chosen {
            palette.selection
        } else {
            palette.bg4
        };
        ui.painter().rect_filled(rect, 3.0, fill);
    }
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let mut ui = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(inner)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let text = RichText::new(&choice.text)
        .font(theme::mono())
        .color(palette.t1);
    let left = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(120.0, LINE), left, |ui| {
        ui.set_min_width(120.0);
        ui.add(egui::Label::new(text).truncate());
    });
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if chosen {
            ui.label(RichText::new("Tab").size(11.5).color(palette.t2));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(beside).color(palette.t2)).truncate());
        });
    });
    response.clicked()
}
