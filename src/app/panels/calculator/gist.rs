//! What a table comes to, in one line above it: long tables end far below.

use eframe::egui::{self, Label, RichText, Sense, Ui, vec2};

use super::state::Page;
use crate::app::icons;
use crate::app::theme::{self, Palette};
use crate::bytes::hex;
use crate::calculator::{self, Content, Line, Role, Sheet};
use crate::crypto::aes::BLOCK;
use crate::trace::Judgement;

/// Failed checks that are named.
const NAMED: usize = 3;

/// The lines that say it: the checks that failed; without one the last check, and the last bytes that were asked for.
fn gist(sheet: &Sheet) -> Vec<&Line> {
    let lines = sheet.lines().iter();
    let failed: Vec<&Line> = lines.filter(|line| line.is_wrong()).take(NAMED).collect();
    if !failed.is_empty() {
        return failed;
    }
    let last = |fits: fn(&Line) -> bool| sheet.lines().iter().rev().find(|line| fits(line));
    let check = last(|line| {
        matches!(
            line.content,
            Content::Check { .. } | Content::Verdict { .. }
        )
    });
    let result = last(|line| line.role == Role::Result && line.bytes().is_some());
    check.into_iter().chain(result).collect()
}

/// Draws it, where the table has more than words; a click goes to the line.
pub(super) fn gist_ui(sheet: &Sheet, page: &mut Page, ui: &mut Ui) {
    if gist(sheet).is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (nth, line) in gist(sheet).into_iter().enumerate() {
            if nth > 0 {
                ui.add_space(8.0);
            }
            let judged = match &line.content {
                Content::Check { .. } | Content::Verdict { .. } if line.is_wrong() => {
                    Some((Judgement::Wrong, palette.wrong))
                }
                Content::Check { .. } | Content::Verdict { .. } => {
                    Some((Judgement::Verified, palette.t1))
                }
                _ => None,
            };
            if let Some((judgement, _)) = judged {
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
                icons::judgement(ui, judgement, rect.center());
            }
            let color = judged.map_or(palette.t1, |(_, color)| color);
            let name = RichText::new(&line.label)
                .font(theme::strong())
                .color(color);
            let words = words(line);
            let link = ui.add(Label::new(name).sense(Sense::click()));
            link.widget_info(|| {
                let name = format!("Comes to: {} {words}", line.label);
                egui::WidgetInfo::labeled(egui::accesskit::Role::Link, true, name)
            });
            if link.on_hover_text("Goes to its line").clicked() {
                page.chosen = Some(line.key.clone());
                page.bring = true;
            }
            let words = RichText::new(words).color(palette.t2);
            let words = if line.bytes().is_some() {
                words.font(theme::mono())
            } else {
                words
            };
            ui.add(Label::new(words).truncate());
        }
    });
}

fn words(line: &Line) -> String {
    match &line.content {
        Content::Check { expected, got } if expected == got => "fits".to_owned(),
        Content::Check { expected, .. } if !line.secret && expected.len() <= BLOCK => {
            format!("does not fit, {} expected", hex::upper(expected))
        }
        Content::Check { .. } => "does not fit".to_owned(),
        Content::Verdict { text, .. } => text.clone(),
        _ => calculator::value(line, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculator::{Overrides, TOPICS, Texts};

    /// Every example with a value or a check comes to something, and never to a secret in clear.
    #[test]
    fn every_example_comes_to_something() {
        for topic in TOPICS {
            for example in topic.examples {
                let outcome = topic.run(&example.texts(), &Overrides::new());
                let lines = gist(&outcome.sheet);
                let has_bytes = outcome.sheet.lines().iter().any(|line| {
                    line.role == Role::Result && !matches!(line.content, Content::Text(_))
                });
                assert_eq!(has_bytes, !lines.is_empty(), "{}", topic.id);
                for line in lines {
                    let is_hidden = words(line) == crate::calculator::HIDDEN;
                    assert_eq!(line.secret && line.bytes().is_some(), is_hidden);
                }
            }
        }
    }

    #[test]
    fn what_failed_comes_first() {
        let topic = crate::calculator::topic("tmac").expect("a topic");
        let mut texts: Texts = topic.examples[0].texts();
        let right = topic.run(&texts, &Overrides::new());
        let labels = |sheet: &Sheet| -> Vec<String> {
            gist(sheet).iter().map(|line| line.label.clone()).collect()
        };
        assert_eq!(labels(&right.sheet).last().map(String::as_str), Some("TMV"));
        texts.insert("tmv".into(), "00".repeat(8));
        let wrong = topic.run(&texts, &Overrides::new());
        assert_eq!(labels(&wrong.sheet), ["Received TMV"]);
    }
}
