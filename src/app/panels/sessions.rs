//! Sessions: save, open, samples, recent files, replay.

use eframe::egui::{RichText, Ui};

use crate::app::commands::Command;
use crate::app::drafts::Drafts;
use crate::app::theme::{self, Palette};
use crate::app::widgets;
use crate::workbench::{Action, ReplayResult, ReplayTarget, Workbench};

/// Names of the sample sessions, in the order of [`Action::OpenSample`].
const SAMPLES: [(&str, &str); 9] = [
    (
        "Personalise",
        "The example application is created on a blank card",
    ),
    ("Top-up", "Credit and log, committed with a transaction MAC"),
    ("Spend", "Debit and log at a terminal"),
    (
        "Top-up refused",
        "The card refuses a credit above its limit with 91BE",
    ),
    (
        "Top-up torn",
        "The answer to the commit is lost; the next contact decides",
    ),
    (
        "Top-up over EV1",
        "AuthenticateAES and EV1 secure messaging on the same card",
    ),
    (
        "Random UID",
        "The card shows another UID each time; GetCardUID tells the real one to whoever has a key",
    ),
    (
        "Terminal and server keys",
        "Two sets of access conditions on the files; the card is personalised, spends and is topped up",
    ),
    (
        "Reader identifier",
        "Each commit names its reader; the card tells the server who committed before",
    ),
];

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let document = bench.document();
    let name = if document.name.is_empty() {
        "New session"
    } else {
        &document.name
    };
    let state = if document.changed { "not saved" } else { "" };
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).font(theme::strong()).color(palette.t1));
        ui.label(RichText::new(state).color(palette.t3));
    });
    ui.horizontal_wrapped(|ui| {
        for command in [Command::Open, Command::Save, Command::NewSession] {
            if widgets::button(ui, &command.name(), command.available(bench)).clicked() {
                command.perform(bench, drafts, actions);
            }
        }
    });
    widgets::section(ui, "Replay");
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "On recorded answers", bench.can_replay()).clicked() {
            actions.push(Action::Replay(ReplayTarget::Recorded));
        }
        if widgets::button(ui, "On a virtual card", bench.can_replay()).clicked() {
            actions.push(Action::Replay(ReplayTarget::Card));
        }
    });
    if let Some(result) = bench.replay_result() {
        replay_ui(result, actions, ui);
    }
    widgets::section(ui, "Sample sessions");
    for (index, (name, hint)) in SAMPLES.into_iter().enumerate() {
        if ui.link(name).on_hover_text(hint).clicked() {
            actions.push(Action::OpenSample(index));
        }
    }
    if !bench.settings().recent.is_empty() {
        widgets::section(ui, "Recent");
        for path in &bench.settings().recent {
            let name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            if ui
                .link(name)
                .on_hover_text(path.display().to_string())
                .clicked()
            {
                actions.push(Action::OpenSession(path.clone()));
            }
        }
    }
}

fn replay_ui(result: &ReplayResult, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let on = match result.target {
        ReplayTarget::Recorded => "the recorded answers",
        ReplayTarget::Card => "a virtual card",
    };
    match (&result.divergence, result.skipped.first()) {
        (Some((row, divergence)), _) => {
            let place = format!(
                "Row {row}, event {}, offset {}",
                divergence.event, divergence.offset
            );
            if ui.link(RichText::new(place).color(palette.wrong)).clicked() {
                actions.push(Action::SelectRow(Some(*row)));
            }
            ui.label(RichText::new(&divergence.text).color(palette.t1));
        }
        (None, Some((row, why))) => {
            let text = format!(
                "{} exchanges could not be compared, the first is row {row}: {why}",
                result.skipped.len()
            );
            ui.label(RichText::new(text).color(palette.opaque));
        }
        (None, None) => {
            let text = format!(
                "{} exchanges rebuilt on {on}, byte for byte the same",
                result.compared
            );
            ui.label(RichText::new(text).color(palette.ok));
        }
    }
}
