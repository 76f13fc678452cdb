//! The lines of a checked file: those that are wrong or worth a look with the cards that have gaps, or all of them.

use std::sync::Arc;

use eframe::egui::{self, Align2, Galley, Rect, Sense, Ui, pos2, vec2};

use super::COPIED;
use crate::app::icons;
use crate::app::panels::calculator::state::Page;
use crate::app::theme::{self, Palette, ROW};
use crate::app::widgets;
use crate::app::widgets::long_list::{self, BAR, background, clipped};
use crate::app::widgets::position;
use crate::bytes::hex;
use crate::calculator::batch::{Listed, Standing};
use crate::report::Severity;
use crate::workbench::CheckedFile;

/// From this width on UID and counter have columns.
const WITH_CARD: f32 = 520.0;
/// Widths of the icon with the line's number, and of UID and counter.
const LINE: f32 = 88.0;
const UID: f32 = 196.0;
const GAP: f32 = 12.0;
/// Room at the right end.
const END: f32 = 8.0;

/// What stands at a place of the list.
enum At {
    /// A line of the file, from 0.
    Line(usize),
    /// A card with gaps.
    Card(usize),
}

fn count(file: &CheckedFile, all: bool) -> usize {
    let lines = if all {
        file.checked.len()
    } else {
        file.told.len()
    };
    lines + file.gaps.len()
}

/// Gaps stand first: there are few of them, and they are not beside a line.
fn at(file: &CheckedFile, all: bool, place: usize) -> Option<At> {
    let Some(place) = place.checked_sub(file.gaps.len()) else {
        return Some(At::Card(place));
    };
    if all {
        (place < file.checked.len()).then_some(At::Line(place))
    } else {
        file.told.get(place).copied().map(At::Line)
    }
}

/// Where a line of the file stands.
fn place(file: &CheckedFile, all: bool, line: usize) -> Option<usize> {
    let among = if all {
        (line < file.checked.len()).then_some(line)
    } else {
        file.told.binary_search(&line).ok()
    };
    Some(among? + file.gaps.len())
}

fn listed(file: &CheckedFile, at: &At) -> Option<Listed> {
    match at {
        At::Line(line) => file.checked.listed(*line),
        At::Card(card) => file.gaps.get(*card).cloned(),
    }
}

/// What is wrong or worth a look, a line each, with the summary at the end.
pub(super) fn as_text(file: &CheckedFile) -> String {
    let all = count(file, false);
    let told = (0..all.min(COPIED)).filter_map(|place| {
        let one = listed(file, &at(file, false, place)?)?;
        Some(format!(
            "{}: {}",
            whose(file, &one),
            one.sentences.join("; ")
        ))
    });
    let more = (all > COPIED).then(|| format!("and {} more", all - COPIED));
    let lines: Vec<String> = told.chain(more).chain([file.summary.clone()]).collect();
    lines.join("\n")
}

fn whose(file: &CheckedFile, one: &Listed) -> String {
    match (one.line, one.uid) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(uid)) => format!("{} {}", file.checked.kind().nouns().1, hex::upper(uid)),
        (None, None) => String::new(),
    }
}

/// The lines that are in view; a chosen one goes onto the page.
pub(super) fn list_ui(file: &CheckedFile, page: &mut Page, ui: &mut Ui) {
    let all = page.batch.all;
    let whole = cut_words(file, page, ui);
    let said = whole.as_ref().map_or(0.0, |whole| whole.size().y + 4.0);
    let height = (ui.available_height() - said).max(2.0 * ROW);
    let size = vec2(ui.available_width(), height);
    let (_, rect) = ui.allocate_space(size);
    let area = ui.interact(rect, ui.scope_id().with("lines"), Sense::click());
    area.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ListBox, true, "Lines of the file")
    });
    if area.clicked() {
        area.request_focus();
    }
    let (count, fits) = (count(file, all), long_list::visible(rect));
    if count == 0 {
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
            let (one, _) = file.checked.kind().nouns();
            let what = format!("Every {one} is right");
            widgets::empty(
                ui,
                (&what, "All lists them; a chosen one goes onto the page"),
            );
        });
        return;
    }
    let wheel = long_list::wheel(ui, rect, &area);
    page.batch.scroll = position::moved(page.batch.scroll, wheel, count, fits);
    let here = page.batch.chosen.and_then(|line| place(file, all, line));
    let mut picked = None;
    if area.has_focus() {
        // Cards stand first and have no page: keys lead to lines.
        let there = long_list::stepped(ui, &area, here, (count, fits));
        picked = there.map(|place| place.max(file.gaps.len()));
    }
    if let Some(here) = here
        && page.batch.shown != Some((here, fits))
    {
        page.batch.shown = Some((here, fits));
        page.batch.scroll = position::showing(page.batch.scroll, here, count, fits);
    }
    let (first, part) = page.batch.scroll;
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    inner.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut y = rect.top() - part;
    for place in first..count {
        let one = at(file, all, place).and_then(|at| listed(file, &at));
        let Some(one) = one.filter(|_| y < rect.bottom()) else {
            break;
        };
        let row = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width() - BAR, ROW));
        if line_ui(file, (place, &one), here == Some(place), row, &inner) {
            area.request_focus();
            picked = Some(place);
        }
        y += ROW;
    }
    long_list::bar(ui, rect, "Scroll the lines", &mut page.batch.scroll, count);
    if let Some(whole) = whole {
        let below = pos2(rect.left() + 8.0, rect.bottom() + 2.0);
        ui.painter().galley(below, whole, Palette::of(ui).t2);
    }
    if let Some(At::Line(line)) = picked.and_then(|place| at(file, all, place)) {
        page.batch.chosen = Some(line);
        if let Some(texts) = file.checked.texts(line) {
            page.load_line(file.checked.kind().inputs(), texts);
        }
        ui.ctx().request_repaint();
    }
}

/// What is said of the chosen line, where the list has no room for all of it: the page may see no mistake where the file
/// refuses one.
fn cut_words(file: &CheckedFile, page: &Page, ui: &Ui) -> Option<Arc<Galley>> {
    let chosen = file.checked.listed(page.batch.chosen?)?;
    let words = chosen.sentences.join("; ");
    let body = egui::TextStyle::Body.resolve(ui.style());
    let color = Palette::of(ui).t2;
    let width = ui.available_width() - BAR;
    let line = ui
        .painter()
        .layout_no_wrap(words.clone(), body.clone(), color);
    let is_cut = line.size().x > width - words_at(width) - END;
    is_cut.then(|| ui.painter().layout(words, body, color, width))
}

/// Where the words of a line begin, from its left edge.
fn words_at(width: f32) -> f32 {
    if width >= WITH_CARD {
        LINE + UID + GAP
    } else {
        LINE
    }
}

/// Draws a line; whether it was clicked.
fn line_ui(
    file: &CheckedFile,
    (place, one): (usize, &Listed),
    chosen: bool,
    rect: Rect,
    ui: &Ui,
) -> bool {
    let palette = Palette::of(ui);
    let id = ui.scope_id().with(place);
    let response = ui.interact(rect, id, Sense::click());
    let words = if one.sentences.is_empty() {
        "right".to_owned()
    } else {
        one.sentences.join("; ")
    };
    response.widget_info(|| {
        let name = format!("{}: {words}", whose(file, one));
        egui::WidgetInfo::selected(egui::accesskit::Role::ListBoxOption, true, chosen, name)
    });
    background(ui, rect, chosen, response.hovered());
    let middle = rect.center().y;
    let severity = match one.standing {
        Standing::Right => None,
        Standing::Noted => Some(Severity::Hint),
        Standing::Wrong => Some(Severity::Error),
    };
    if let Some(severity) = severity {
        icons::severity(ui, severity, pos2(rect.left() + 14.0, middle));
    }
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    let mono = |text: String, x: f32, align: Align2| {
        ui.painter()
            .text(pos2(x, middle), align, text, theme::mono(), quiet);
    };
    let after_line = rect.left() + LINE;
    if let Some(line) = one.line {
        mono(line.to_string(), after_line - GAP, Align2::RIGHT_CENTER);
    }
    if rect.width() >= WITH_CARD {
        if let Some(uid) = one.uid {
            mono(hex::upper(uid), after_line, Align2::LEFT_CENTER);
        }
        if let Some(counter) = one.counter {
            mono(counter.to_string(), after_line + UID, Align2::RIGHT_CENTER);
        }
    }
    let x = rect.left() + words_at(rect.width());
    let body = egui::TextStyle::Body.resolve(ui.style());
    let color = match one.standing {
        Standing::Right => quiet,
        Standing::Noted | Standing::Wrong => palette.t1,
    };
    clipped(
        ui,
        (x, rect.right() - END),
        middle,
        (words.clone(), body, color),
    );
    let clicked = response.clicked();
    let counter = one.counter.map_or_else(String::new, |counter| {
        format!("\n{} {counter}", file.checked.kind().counter())
    });
    response.on_hover_text(format!("{}: {words}{counter}", whose(file, one)));
    clicked
}
