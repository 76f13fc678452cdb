//! The table as text, Markdown or JSON; key material only when it is asked for by name.

use eframe::egui::Ui;

use super::state::{Page, Worked};
use crate::app::widgets;
use crate::calculator::{self, Beside, Topic};
use crate::session::worked;
use crate::workbench::Action;

/// What is copied.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Markdown,
    Json,
}

const FORMS: [(Form, &str, &str); 3] = [
    (Form::Text, "Copy as text", "Copy as text, with secrets"),
    (
        Form::Markdown,
        "Copy as Markdown",
        "Copy as Markdown, with secrets",
    ),
    (Form::Json, "Copy as JSON", "Copy as JSON, with secrets"),
];

/// The menu; off while there is no table.
pub(super) fn menu_ui(topic: &Topic, page: &mut Page, actions: &mut Vec<Action>, ui: &mut Ui) {
    let worked = page.worked(topic);
    let worked = worked.filter(|worked| !worked.outcome.sheet.lines().is_empty());
    let Some(worked) = worked else {
        widgets::button(ui, "Copy table", Err("Off, there is no table yet"));
        return;
    };
    ui.menu_button("Copy table", |ui| {
        let beside = page.beside(topic);
        for (form, name, _) in FORMS {
            if ui.button(name).clicked() {
                actions.push(Action::Copy(printed(form, topic, &worked, &beside, false)));
            }
        }
        let mut lines = worked.outcome.sheet.lines().iter();
        if lines.any(|line| line.secret) {
            ui.separator();
            for (form, _, name) in FORMS {
                if ui.button(name).clicked() {
                    actions.push(Action::Copy(printed(form, topic, &worked, &beside, true)));
                }
            }
        }
    });
}

fn printed(form: Form, topic: &Topic, worked: &Worked, beside: &[Beside], secrets: bool) -> String {
    let sheet = &worked.outcome.sheet;
    match form {
        Form::Text => format!("{}\n{}", topic.title, calculator::text(sheet, secrets)),
        Form::Markdown => format!(
            "**{}**\n\n{}",
            topic.title,
            calculator::markdown(sheet, secrets)
        ),
        Form::Json => worked::json(topic, &worked.outcome, beside, secrets),
    }
}
