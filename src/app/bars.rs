//! The bars around the panels: menus, toolbar, status bar.

use eframe::egui::{self, Align, Frame, Layout, Margin, Panel as Side, RichText, Sense, Ui, vec2};

use super::commands::Command;
use super::drafts::Drafts;
use super::icons::{self, Icon};
use super::menu::Menu;
use super::panels::Panel;
use super::perform::amount;
use super::theme::{self, Palette};
use super::widgets::{Weight, tool_button};
use super::{progress, times, widgets};
use crate::trace::{Exchange, Judgement};
use crate::workbench::{Action, ReplayTarget, Workbench};

/// A bar without a line, on the darkest background.
fn bar(ui: &mut Ui, side: Side, (height, margin): (f32, i8), contents: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(Palette::of(ui).bg0)
        .inner_margin(Margin::symmetric(8, margin));
    side.exact_size(height)
        .show_separator_line(false)
        .frame(frame)
        .show(ui, contents);
}

/// The menus; gives what was chosen.
pub(super) fn menus_ui(bench: &Workbench, ui: &mut Ui) -> Vec<Command> {
    let mut chosen = Vec::new();
    bar(ui, Side::top("menus"), (26.0, 1), |ui| {
        egui::MenuBar::new().ui(ui, |ui| {
            for menu in Menu::ALL {
                ui.menu_button(menu.title(), |ui| {
                    ui.set_min_width(220.0);
                    let all = Command::all().into_iter();
                    for command in all.filter(|command| command.menu() == menu) {
                        entry(bench, command, &mut chosen, ui);
                    }
                });
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = RichText::new("Commands  Ctrl+Shift+P").color(Palette::of(ui).t3);
                if ui.button(text).clicked() {
                    chosen.push(Command::Palette);
                }
            });
        });
    });
    chosen
}

/// One command in a menu, with its shortcut, or the reason why it is off.
fn entry(bench: &Workbench, command: Command, chosen: &mut Vec<Command>, ui: &mut Ui) {
    let shortcut = command.shortcut();
    let shortcut = shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut));
    let available = command.available(bench);
    let mut name = RichText::new(command.name());
    if available.is_err() {
        name = name.color(Palette::of(ui).t3);
    }
    let button = egui::Button::new(name).shortcut_text(shortcut.unwrap_or_default());
    let mut response = ui.add_enabled(available.is_ok(), button);
    if let Err(why) = available {
        response = response.on_disabled_hover_text(why);
    }
    if response.clicked() {
        chosen.push(command);
        ui.close();
    }
}

/// Top up, spend, replay, the name of the session; gives commands that only the shell can carry out.
pub(super) fn toolbar_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) -> Vec<Command> {
    let mut chosen = Vec::new();
    bar(ui, Side::top("toolbar"), (34.0, 4), |ui| {
        ui.horizontal_centered(|ui| {
            transactions(bench, drafts, actions, ui);
            ui.separator();
            replay(bench, drafts, actions, ui);
            ui.separator();
            let document = bench.document();
            let name = if document.name.is_empty() {
                "New session"
            } else {
                &document.name
            };
            let palette = Palette::of(ui);
            ui.label(RichText::new(name).color(palette.t1));
            if document.changed {
                ui.label(RichText::new("not saved").color(palette.t3));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.menu_button("Layout of panels", |ui| {
                    for panel in Panel::ALL {
                        entry(bench, Command::Show(panel), &mut chosen, ui);
                    }
                    ui.separator();
                    entry(bench, Command::ResetPanels, &mut chosen, ui);
                })
                .response
                .on_hover_text("Drag a tab to move its panel; the arrangement is kept");
            });
        });
    });
    chosen
}

fn transactions(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let can = bench.can_send().and(
        amount(drafts)
            .map(|_| ())
            .ok_or("Off, the amount is not a number above 0, such as 10.00"),
    );
    if tool_button(ui, (Icon::ArrowUp, "Top up"), Weight::Primary, can)
        .on_hover_text("Credit the value file of the example application (Ctrl+T)")
        .clicked()
    {
        Command::TopUp.perform(bench, drafts, actions);
    }
    if tool_button(ui, (Icon::ArrowDown, "Spend"), Weight::Secondary, can)
        .on_hover_text("Debit it at a terminal (Ctrl+Shift+T)")
        .clicked()
    {
        Command::Spend.perform(bench, drafts, actions);
    }
    widgets::field(ui, "Amount", &mut drafts.amount, "10.00", 64.0)
        .on_hover_text("Amount of a top-up or a spend");
    if amount(drafts).is_none() {
        let wrong = Palette::of(ui).wrong;
        ui.label(RichText::new("Amount is not a number above 0").color(wrong));
    }
}

fn replay(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let can = bench.can_replay();
    if tool_button(ui, (Icon::Play, "Replay"), Weight::Quiet, can)
        .on_hover_text("Rebuild the recorded host and compare every byte (F5)")
        .clicked()
    {
        actions.push(Action::Replay(drafts.replay_on));
    }
    let targets = [
        (ReplayTarget::Recorded, "Recorded"),
        (ReplayTarget::Card, "Card"),
    ];
    if let Some(target) = widgets::segment(ui, "Replay on", &targets, drafts.replay_on) {
        drafts.replay_on = target;
    }
}

/// The reader, the selected row, long work, and counts of verdicts.
pub(super) fn status_ui(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    bar(ui, Side::bottom("status"), (22.0, 1), |ui| {
        ui.horizontal_centered(|ui| {
            let palette = Palette::of(ui);
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            match bench.reader() {
                Some(reader) if reader.present && reader.alive => {
                    icons::paint(ui, Icon::Dot, rect.center(), palette.ok);
                    ui.label(small(&reader.name).color(palette.t1));
                }
                _ => {
                    icons::paint(ui, Icon::Idle, rect.center(), palette.t3);
                    ui.label(small("No card connected").color(palette.t2));
                }
            }
            if let Some(row) = bench.selected_row() {
                ui.spacing_mut().item_spacing.x = 4.0;
                for (name, value) in facts(bench, row) {
                    ui.add_space(8.0);
                    ui.label(small(name).color(palette.t3));
                    let value = RichText::new(value).font(theme::mono_small());
                    ui.label(value.color(palette.t2));
                }
            }
            progress::progress_ui(bench, actions, ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| counts(bench, ui));
        });
    });
}

/// What the selected row runs under.
fn facts(bench: &Workbench, row: &Exchange) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    facts.extend(row.aid.map(|aid| ("App", bench.aid_text(aid))));
    if let Some(key) = &row.key {
        let number = key.key_no.map(|number| number.to_string());
        let parts = [number, Some(key.label.to_string())];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        facts.push(("Key", parts.join(" ")));
    }
    facts.extend(
        row.channel
            .filter(|channel| *channel != "plain")
            .map(|channel| ("Channel", channel.to_uppercase())),
    );
    facts.extend(row.ctr.map(|ctr| ("CmdCtr", ctr.to_string())));
    facts.extend(bench.since_mark(row).map(|(mark, micros)| {
        let since = format!("row {mark}, {} ms", times::signed(micros));
        ("Since mark", since)
    }));
    facts
}

fn counts(bench: &Workbench, ui: &mut Ui) {
    let palette = Palette::of(ui);
    for judgement in [
        Judgement::Opaque,
        Judgement::Wrong,
        Judgement::Refused,
        Judgement::Verified,
    ] {
        let count = bench.log().count(judgement);
        if count > 0 {
            ui.label(small(&widgets::thousands(count)).color(palette.t2))
                .on_hover_text(judgement.words());
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            icons::judgement(ui, judgement, rect.center());
        }
    }
    let count = bench.rows().len();
    let words = if count == 1 { "exchange" } else { "exchanges" };
    let text = format!("{} {words}", widgets::thousands(count));
    ui.label(small(&text).color(palette.t2));
}

fn small(text: &str) -> RichText {
    RichText::new(text).text_style(theme::small())
}
