//! The inputs of a page.

use eframe::egui::{RichText, Ui};

use super::input;
use super::state::Page;
use crate::app::theme::Palette;
use crate::calculator::{Field, Kind, Need, Topic};
use crate::workbench::Workbench;

/// Draws the inputs that count; those that can be left out and are empty stand behind a link.
pub(super) fn form_ui(
    bench: &Workbench,
    topic: &Topic,
    page: &mut Page,
    pasting: &mut Option<&'static str>,
    ui: &mut Ui,
) {
    // What is typed in this frame shows its mistakes in this frame.
    page.worked(topic);
    let counting: Vec<&'static Field> = topic
        .fields
        .iter()
        .filter(|field| field.counts(topic.fields, page.texts()))
        .collect();
    let folds = |field: &Field, page: &Page| {
        field.need == Need::Optional
            && !matches!(field.kind, Kind::Lines)
            && field.text(page.texts()).is_none()
            && page.slips_of(field).is_empty()
            && !page.seen.contains(field.name)
    };
    let foldable: Vec<&str> = counting
        .iter()
        .filter(|field| folds(field, page))
        .map(|field| field.label)
        .collect();
    for field in counting {
        if page.more || !folds(field, page) {
            ui.push_id(field.name, |ui| {
                input::input_ui(bench, topic, field, page, pasting, ui);
            });
            ui.add_space(4.0);
            if !page.more {
                page.seen.insert(field.name);
            }
        }
    }
    let text = match (page.more, foldable.is_empty()) {
        (_, true) => return,
        (true, false) => "Fewer inputs".to_owned(),
        (false, false) => format!("More: {}", foldable.join(", ")),
    };
    let color = Palette::of(ui).accent;
    let link = ui.link(RichText::new(text).color(color));
    if link.on_hover_text("Inputs that can be left out").clicked() {
        page.more = !page.more;
    }
}
