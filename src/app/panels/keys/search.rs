//! Which keys fit the recorded authentications: the search, what it found, and keys that the trace itself showed.

use eframe::egui::{self, RichText, Ui};

use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::key_search::Alike;
use crate::keyring::{KeyEntry, Scope};
use crate::workbench::{Action, Fit, SearchResult, Searched, Workbench};

/// Most authentications that are listed.
const LISTED: usize = 200;

pub(super) fn search_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    ui.add_space(4.0);
    ui.separator();
    widgets::section(ui, "Which key fits");
    let can = bench.can_search();
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "Find keys", can)
            .on_hover_text(text::FIND_KEYS_HELP)
            .clicked()
        {
            let (row, dictionary) = (None, None);
            actions.push(Action::FindKeys { row, dictionary });
        }
        if widgets::button(ui, "Try a dictionary…", can)
            .on_hover_text(text::DICTIONARY_HELP)
            .clicked()
        {
            drafts.path = PathDraft {
                purpose: Some(PathPurpose::Dictionary { row: None }),
                ..PathDraft::default()
            };
        }
    });
    if let Some(result) = bench.search_result() {
        found(bench, result, actions, ui);
    }
}

fn found(bench: &Workbench, result: &SearchResult, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let tried = widgets::thousands(result.tried);
    ui.label(RichText::new(format!("{tried} keys tried")).color(palette.t3));
    if let Some(complaint) = &result.complaint {
        ui.label(RichText::new(complaint).color(palette.refusal));
    }
    for (place, one) in result.authentications.iter().take(LISTED).enumerate() {
        ui.push_id(place, |ui| searched(bench, one, actions, ui));
    }
    if result.authentications.len() > LISTED {
        let more = widgets::thousands(result.authentications.len() - LISTED);
        ui.label(RichText::new(format!("and {more} more authentications")).color(palette.t3));
    }
    let new = |entry: &&(usize, KeyEntry)| !bench.keyring().keys.contains(&entry.1);
    let learnt: Vec<_> = result.learnt.iter().filter(new).collect();
    if !learnt.is_empty() {
        widgets::section(ui, "Shown by a ChangeKey of the trace");
    }
    for (row, entry) in learnt {
        ui.horizontal(|ui| {
            row_link(*row, "ChangeKey", actions, ui);
            let key = format!("key {} of {}", entry.key_no, place(bench, entry));
            ui.label(RichText::new(key).color(palette.t2));
            keep(ui, &entry.label, || Action::AddKey(entry.clone()), actions);
        });
    }
}

fn searched(bench: &Workbench, one: &Searched, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        row_link(one.row, one.command, actions, ui);
        ui.label(RichText::new(format!("key {}", one.key_no)).color(palette.t2));
        if one.fits.is_empty() {
            ui.label(RichText::new("no key fits").color(palette.opaque));
        }
    });
    for fit in &one.fits {
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            fits(bench, fit, actions, ui);
        });
    }
}

fn fits(bench: &Workbench, fit: &Fit, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(&fit.from).color(palette.ok));
    let alike = match fit.alike {
        Some(Alike::Same) => "the same value",
        Some(Alike::Parity) => "alike but for parity",
        None => "",
    };
    ui.label(RichText::new(alike).color(palette.t3));
    if let Some(entry) = &fit.entry
        && !bench.keyring().keys.contains(entry)
    {
        keep(ui, &fit.from, || Action::AddKey(entry.clone()), actions);
    }
    if let Some(rule) = &fit.rule {
        let rule = RichText::new(rule).font(theme::mono()).color(palette.t2);
        ui.add(egui::Label::new(rule).truncate());
    }
}

/// Where a key belongs, in words.
fn place(bench: &Workbench, entry: &KeyEntry) -> String {
    match entry.scope {
        Scope::Any => "any application".into(),
        Scope::Application(aid) if aid.is_picc() => "the PICC".into(),
        Scope::Application(aid) => bench.aid_text(aid),
    }
}

fn row_link(row: usize, name: &str, actions: &mut Vec<Action>, ui: &mut Ui) {
    if ui.link(format!("{row} {name}")).clicked() {
        actions.push(Action::GoToRow(row));
    }
}

/// A button that adds a key to the table; `label` says which.
fn keep(ui: &mut Ui, label: &str, action: impl FnOnce() -> Action, actions: &mut Vec<Action>) {
    let button = widgets::button(ui, "Keep", Ok(()));
    button.widget_info(|| {
        let name = format!("Keep key {label}");
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
    if button.on_hover_text("Adds the key to the table").clicked() {
        actions.push(action());
    }
}
