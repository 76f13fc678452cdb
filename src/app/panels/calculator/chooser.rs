//! Which page: a list at the side, or a box above where there is no room for one.

use eframe::egui::{self, RichText, Ui};

use super::state::CalculatorDraft;
use crate::app::theme::Palette;
use crate::app::widgets;
use crate::calculator::{TOPICS, Topic};

/// What pages are about, in order; each with the first words of their subcommands.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "Secure messaging",
        &["session", "handshake", "frame", "change", "lrp"],
    ),
    ("Transaction MAC", &["tmac"]),
    ("Secure Dynamic Messaging", &["sdm"]),
    ("Keys", &["diversify", "kcv"]),
    (
        "Card data",
        &["access", "file", "key-settings", "identify", "signature"],
    ),
    ("Building blocks", &["cmac", "cbc", "crc", "bytes"]),
];
const OTHERS: &str = "More";

/// The group of a page; one that nobody sorted in stands under the last.
fn group(topic: &Topic) -> &'static str {
    let own = GROUPS.iter().find(|(_, first)| {
        let starts = |word: &&str| topic.id.starts_with(*word);
        first.iter().any(starts)
    });
    own.map_or(OTHERS, |(title, _)| title)
}

/// The pages whose title, subcommand or sentence has the words, by group.
fn found(filter: &str) -> Vec<(&'static str, Vec<&'static Topic>)> {
    let words = filter.to_lowercase();
    let fits = |topic: &Topic| {
        let all = format!("{} {} {}", topic.title, topic.id, topic.about).to_lowercase();
        words.split_whitespace().all(|word| all.contains(word))
    };
    let titles = GROUPS.iter().map(|(title, _)| *title);
    let groups = titles.chain([OTHERS]).map(|title| {
        let topics = TOPICS.iter().copied();
        let own = topics.filter(|topic| group(topic) == title && fits(topic));
        (title, own.collect::<Vec<_>>())
    });
    groups.filter(|(_, own)| !own.is_empty()).collect()
}

/// A box with the title of the page; its list opens below.
pub(super) fn box_ui(draft: &mut CalculatorDraft, topic: &Topic, ui: &mut Ui) {
    let list = egui::ComboBox::from_id_salt("page")
        .selected_text(topic.title)
        .width(150.0)
        .height(460.0)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| {
            ui.set_min_width(220.0);
            if list_ui(draft, topic, true, ui) {
                ui.close();
            }
        });
    list.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, "Calculator page")
    });
}

/// The pages; whether one was chosen.
pub(super) fn list_ui(
    draft: &mut CalculatorDraft,
    topic: &Topic,
    focus: bool,
    ui: &mut Ui,
) -> bool {
    let width = ui.available_width().min(220.0);
    let field = widgets::field(ui, "Find a page", &mut draft.filter, "Find a page", width);
    if focus && ui.memory(egui::Memory::focused).is_none() {
        field.request_focus();
    }
    let groups = found(&draft.filter);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let first = groups.first().and_then(|(_, own)| own.first());
    let mut picked = first.filter(|_| entered).map(|topic| topic.id);
    for (title, own) in &groups {
        ui.add_space(4.0);
        widgets::section(ui, title);
        for one in own {
            let chosen = one.id == topic.id;
            let text = RichText::new(one.title);
            let line = ui.selectable_label(chosen, text).on_hover_text(one.about);
            line.widget_info(|| {
                let role = egui::accesskit::Role::ListBoxOption;
                egui::WidgetInfo::selected(role, true, chosen, format!("Page {}", one.title))
            });
            if line.clicked() {
                picked = Some(one.id);
            }
        }
    }
    if groups.is_empty() {
        ui.label(RichText::new("No page has these words").color(Palette::of(ui).t2));
    }
    if let Some(id) = picked {
        draft.show(id);
        draft.filter.clear();
    }
    picked.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_stands_in_one_group() {
        let all: usize = found("").iter().map(|(_, own)| own.len()).sum();
        assert_eq!(all, TOPICS.len());
    }

    #[test]
    fn words_find_a_page_in_any_order() {
        let titles = |filter: &str| -> Vec<&str> {
            let groups = found(filter).into_iter();
            groups
                .flat_map(|(_, own)| own)
                .map(|topic| topic.id)
                .collect()
        };
        assert!(titles("CRC32").contains(&"crc"));
        assert!(titles("value check").contains(&"kcv"));
        assert_eq!(titles("no such thing"), Vec::<&str>::new());
    }
}
