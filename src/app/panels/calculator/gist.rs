//! What a table comes to, in one line above it: long tables end far below.

use eframe::egui::{
    self, Align, Color32, FontId, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, pos2, vec2,
};

use super::state::Page;
use crate::app::icons;
use crate::app::theme::{self, Palette};
use crate::bytes::hex;
use crate::calculator::{self, Content, Line, Role, Sheet};
use crate::crypto::aes::BLOCK;
use crate::trace::Judgement;

/// Failed checks that are named.
const NAMED: usize = 3;
const HEIGHT: f32 = 22.0;
const ICON: f32 = 16.0;
const SPACE: f32 = 6.0;

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
    // Beside a check that it passed, a key that is hidden tells nothing.
    let result = result.filter(|result| check.is_none() || !result.secret);
    check.into_iter().chain(result).collect()
}

/// Draws it, where the table has more than words; a click goes to the line.
pub(super) fn gist_ui(sheet: &Sheet, page: &mut Page, ui: &mut Ui) {
    let lines = gist(sheet);
    if lines.is_empty() {
        return;
    }
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), HEIGHT));
    let mut left = rect.left();
    let count = lines.len();
    for (nth, line) in lines.into_iter().enumerate() {
        // What an earlier one does not need is left to the later ones.
        let share = (rect.right() - left) / share_of(count - nth);
        let width = natural(line, ui).min(share);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, HEIGHT));
        let builder = UiBuilder::new().max_rect(place).id_salt(&line.key);
        let mut part = ui.new_child(builder.layout(Layout::left_to_right(Align::Center)));
        part.set_clip_rect(place.intersect(ui.clip_rect()));
        line_ui(line, page, &mut part);
        left += width;
    }
}

/// A number of entries that share the width; far below 65,536.
fn share_of(count: usize) -> f32 {
    u16::try_from(count).map_or(1.0, f32::from)
}

/// The width in which nothing is cut.
fn natural(line: &Line, ui: &Ui) -> f32 {
    let width = |text: String, font: FontId| {
        let galley = ui
            .painter()
            .layout_no_wrap(text, font, Color32::PLACEHOLDER);
        galley.size().x
    };
    let icon = if judgement(line).is_some() {
        ICON + SPACE
    } else {
        0.0
    };
    let name = width(line.label.clone(), theme::strong());
    icon + name + SPACE + width(words(line), words_font(line, ui)) + 3.0 * SPACE
}

fn judgement(line: &Line) -> Option<Judgement> {
    match &line.content {
        Content::Check { .. } | Content::Verdict { .. } => Some(if line.is_wrong() {
            Judgement::Wrong
        } else {
            Judgement::Verified
        }),
        _ => None,
    }
}

fn words_font(line: &Line, ui: &Ui) -> FontId {
    if line.bytes().is_some() {
        theme::mono()
    } else {
        egui::TextStyle::Body.resolve(ui.style())
    }
}

/// The name, which leads to the line, and its words.
fn line_ui(line: &Line, page: &mut Page, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = SPACE;
    let mut color = palette.t1;
    if let Some(judgement) = judgement(line) {
        let (rect, _) = ui.allocate_exact_size(vec2(ICON, ICON), Sense::hover());
        icons::judgement(ui, judgement, rect.center());
        if judgement == Judgement::Wrong {
            color = palette.wrong;
        }
    }
    let name = RichText::new(&line.label)
        .font(theme::strong())
        .color(color);
    let words = words(line);
    let link = ui.add(Label::new(name).truncate().sense(Sense::click()));
    link.widget_info(|| {
        let name = format!("Comes to: {} {words}", line.label);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Link, true, name)
    });
    if link.on_hover_text("Goes to its line").clicked() {
        page.chosen = Some(line.key.clone());
        page.bring = true;
    }
    let font = words_font(line, ui);
    let words = RichText::new(words).font(font).color(palette.t2);
    ui.add(Label::new(words).truncate());
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
