//! The worked table of a page.

use eframe::egui::{Align, RichText, ScrollArea, Ui};

use super::gist;
use super::line::{self, Columns};
use super::state::Page;
use crate::app::icons;
use crate::app::panels::aligned::{Aligned, MOST};
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::calculator::{Content, Line, Place, Topic};
use crate::trace::Judgement;
use crate::workbench::Action;

/// What the table comes to, in a line.
pub(super) fn gist_ui(topic: &Topic, page: &mut Page, ui: &mut Ui) {
    let worked = page.worked(topic).filter(|_| !page.stale);
    if let Some(worked) = worked {
        gist::gist_ui(&worked.outcome.sheet, page, ui);
    }
}

/// The table and, above what scrolls, the line with what it comes to.
pub(super) fn whole_ui(topic: &Topic, page: &mut Page, actions: &mut Vec<Action>, ui: &mut Ui) {
    gist_ui(topic, page, ui);
    ScrollArea::vertical()
        .id_salt("table")
        .auto_shrink(false)
        .show(ui, |ui| table_ui(topic, page, actions, ui));
}

pub(super) fn table_ui(topic: &Topic, page: &mut Page, actions: &mut Vec<Action>, ui: &mut Ui) {
    let worked = page.worked(topic);
    let worked = worked.filter(|worked| !worked.outcome.sheet.lines().is_empty());
    let Some(worked) = worked else {
        let waiting = page.waiting(topic);
        let what = if waiting.is_empty() {
            "No step can be computed with these inputs".to_owned()
        } else {
            format!("Give {}, or load an example", waiting.join(", "))
        };
        widgets::empty(ui, (&what, text::CALCULATOR_EMPTY));
        return;
    };
    remarks(page, ui);
    ui.scope(|ui| {
        if page.stale {
            ui.multiply_opacity(0.55);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::of(ui);
        let mut group = "";
        for one in worked.outcome.sheet.lines() {
            let drawn = ui.push_id(&one.key, |ui| match &one.content {
                Content::Heading => heading(&one.label, ui),
                Content::Note(note) => {
                    ui.label(RichText::new(note).color(Palette::of(ui).t2));
                }
                Content::Bytes { .. } => {
                    line::line_ui(topic, one, page, &columns, actions, ui);
                }
                Content::Check { expected, got } => {
                    check(one, (expected, got), &columns, ui);
                }
                Content::Verdict { holds, text } => {
                    statement(one, Some(*holds), text, &columns, ui);
                }
                Content::Text(text) => statement(one, None, text, &columns, ui),
            });
            if page.chosen.as_ref() == Some(&one.key) && std::mem::take(&mut page.bring) {
                ui.scroll_to_rect(drawn.response.rect, Some(Align::Center));
            }
            group = if one.section.is_empty() {
                group
            } else {
                one.section
            };
        }
        if !columns.has_section() && !group.is_empty() {
            ui.add_space(4.0);
            widgets::section(ui, text::SECTION_ON_HOVER);
        }
    });
}

/// What holds for the whole table: it is an older one, or steps were changed.
fn remarks(page: &mut Page, ui: &mut Ui) {
    let palette = Palette::of(ui);
    if page.stale {
        ui.label(RichText::new(text::LAST_VALID).color(palette.refusal));
    }
    let count = page.changed().len();
    if count > 0 {
        ui.horizontal(|ui| {
            let word = if count == 1 { "step is" } else { "steps are" };
            let text = format!("{count} {word} changed, what follows is computed from there");
            ui.label(RichText::new(text).color(palette.refusal));
            if ui.link("Reset all steps").clicked() {
                page.reset_steps();
            }
        });
    }
    let orphans: Vec<_> = page
        .slips
        .iter()
        .filter(|slip| match &slip.place {
            Place::Step(key) => !page.changed().contains_key(key),
            Place::Field(_) => false,
        })
        .cloned()
        .collect();
    for slip in &orphans {
        super::input::slip_ui(ui, slip);
    }
}

fn heading(label: &str, ui: &mut Ui) {
    ui.add_space(6.0);
    let palette = Palette::of(ui);
    ui.label(RichText::new(label).font(theme::strong()).color(palette.t1));
}

/// What the rules give beside what was given.
fn check(one: &Line, (expected, got): (&[u8], &[u8]), columns: &Columns, ui: &mut Ui) {
    let differs = expected.iter().zip(got).position(|(own, got)| own != got);
    let words = match differs {
        _ if expected.len() != got.len() => {
            format!("{} bytes, {} expected", got.len(), expected.len())
        }
        Some(first) => format!("wrong from byte {first}"),
        None => "fits".to_owned(),
    };
    statement(one, Some(expected == got), &words, columns, ui);
    if expected != got && !one.secret {
        ui.indent("bytes", |ui| {
            Aligned {
                names: ["Expected", "Received"],
                own: expected,
                got,
                most: MOST,
            }
            .ui(ui);
        });
        ui.add_space(4.0);
    }
}

/// Words with a verdict, when there is one.
fn statement(one: &Line, holds: Option<bool>, words: &str, columns: &Columns, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let name = format!("{} {words}", one.label);
    let cells = columns.row(ui, one, ROW, &name);
    let mut rect = cells.value;
    let color = match holds {
        Some(false) => palette.wrong,
        Some(true) => palette.t2,
        None => palette.t1,
    };
    if let Some(holds) = holds {
        let judgement = if holds {
            Judgement::Verified
        } else {
            Judgement::Wrong
        };
        icons::judgement(
            ui,
            judgement,
            rect.left_center() + eframe::egui::vec2(7.0, 0.0),
        );
        rect.min.x += 20.0;
    }
    // Words may go on over the columns that only bytes need.
    rect.max.x = cells.words;
    line::words_at(ui, rect, words, color);
}
