//! The list of exchanges. The first visible row is a whole number and the rest of the scroll position a
//! pixel remainder, because 32-bit offsets lose small steps beyond some 800,000 rows.

use eframe::egui::{self, Align2, Color32, FontId, Key, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::super::commands::Command;
use crate::app::drafts::Drafts;
use crate::app::icons;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::trace::Exchange;
use crate::workbench::{Action, Judgement, Move, Workbench};

const HEAD: f32 = 22.0;
const BAR: f32 = 10.0;

/// One column: head, smallest panel width that shows it, width (0 is elastic).
struct Column {
    head: &'static str,
    from: f32,
    width: f32,
    right: bool,
}

const COLUMNS: [Column; 9] = [
    Column {
        head: "#",
        from: 0.0,
        width: 44.0,
        right: true,
    },
    Column {
        head: "Δt ms",
        from: 760.0,
        width: 62.0,
        right: true,
    },
    Column {
        head: "Lane",
        from: 980.0,
        width: 74.0,
        right: false,
    },
    Column {
        head: "App",
        from: 820.0,
        width: 66.0,
        right: false,
    },
    Column {
        head: "Command",
        from: 0.0,
        width: 172.0,
        right: false,
    },
    Column {
        head: "Key and mode",
        from: 680.0,
        width: 150.0,
        right: false,
    },
    Column {
        head: "Parameters",
        from: 520.0,
        width: 0.0,
        right: false,
    },
    Column {
        head: "Status",
        from: 380.0,
        width: 58.0,
        right: false,
    },
    Column {
        head: "Verdict",
        from: 0.0,
        width: 150.0,
        right: false,
    },
];

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if bench.rows().is_empty() {
        start(bench, drafts, actions, ui);
        return;
    }
    find_bar(bench, drafts, actions, ui);
    let columns = layout(ui.available_width() - BAR);
    heads(ui, &columns);
    let findings = if bench.log().remarkable().is_empty() {
        0.0
    } else {
        24.0
    };
    let size = vec2(
        ui.available_width(),
        (ui.available_height() - findings).max(ROW),
    );
    let (rect, area) = ui.allocate_exact_size(size, Sense::click());
    area.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ListBox, true, "Exchanges")
    });
    if area.clicked() {
        area.request_focus();
    }
    keyboard(ui, &area, rect, actions);
    scroll(bench, drafts, ui, rect, &area);
    rows(bench, drafts, actions, ui, rect, &columns);
    scroll_bar(bench, drafts, ui, rect);
    if findings > 0.0 {
        findings_strip(bench, actions, ui);
    }
}

/// Places of the columns that fit; the parameters column takes what is left.
fn layout(width: f32) -> Vec<(usize, f32, f32)> {
    let shown = COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, column)| width >= column.from);
    let narrow = width < 620.0;
    let own = |index: usize, column: &Column| {
        if index == 8 && narrow {
            28.0
        } else {
            column.width
        }
    };
    let fixed: f32 = shown
        .clone()
        .map(|(index, column)| own(index, column))
        .sum();
    let mut x = 12.0;
    let mut places = Vec::new();
    for (index, column) in shown {
        let wide = if column.width == 0.0 {
            (width - fixed - 12.0).max(60.0)
        } else {
            own(index, column)
        };
        places.push((index, x, wide));
        x += wide;
    }
    places
}

fn heads(ui: &mut Ui, columns: &[(usize, f32, f32)]) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let font = theme::small().resolve(ui.style());
    for (index, x, width) in columns {
        // A verdict without words has only an icon, and no room for a head.
        let Some(column) = COLUMNS.get(*index).filter(|_| *width > 40.0) else {
            continue;
        };
        let (at, align) = cell(rect, *x, *width, column.right);
        ui.painter()
            .text(at, align, column.head, font.clone(), palette.t3);
    }
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        egui::Stroke::new(1.0, palette.line),
    );
}

fn cell(rect: Rect, x: f32, width: f32, right: bool) -> (Pos2, Align2) {
    if right {
        (
            pos2(rect.left() + x + width - 8.0, rect.center().y),
            Align2::RIGHT_CENTER,
        )
    } else {
        (
            pos2(rect.left() + x + 6.0, rect.center().y),
            Align2::LEFT_CENTER,
        )
    }
}

fn find_bar(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 3))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let palette = Palette::of(ui);
                let response = widgets::field(
                    ui,
                    "Find in the trace",
                    &mut drafts.find,
                    "Find: name, status, plaintext or wire bytes",
                    320.0,
                );
                if std::mem::take(&mut drafts.focus_find) {
                    response.request_focus();
                }
                if response.changed() {
                    drafts.nothing_found =
                        !drafts.find.trim().is_empty() && bench.find(&drafts.find, false).is_none();
                }
                if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                    actions.push(Action::Find {
                        text: drafts.find.clone(),
                        back: ui.input(|input| input.modifiers.shift),
                    });
                    response.request_focus();
                }
                if drafts.nothing_found {
                    ui.label(egui::RichText::new("Nothing found").color(palette.refusal));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let mut follow = bench.follow();
                    if ui
                        .checkbox(&mut follow, "Follow")
                        .on_hover_text("Keep the newest row selected and in view")
                        .changed()
                    {
                        actions.push(Action::Follow(follow));
                    }
                    ui.label(
                        egui::RichText::new(format!("{} rows", bench.rows().len()))
                            .color(palette.t3),
                    );
                });
            });
        });
}

fn keyboard(ui: &mut Ui, area: &egui::Response, rect: Rect, actions: &mut Vec<Action>) {
    if !area.has_focus() {
        return;
    }
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..egui::EventFilter::default()
        };
        memory.set_focus_lock_filter(area.id, filter);
    });
    #[expect(clippy::cast_possible_truncation, reason = "a screen has fewer rows")]
    let page = (rect.height() / ROW) as isize - 1;
    let moves = [
        (Key::ArrowDown, Move::By(1)),
        (Key::ArrowUp, Move::By(-1)),
        (Key::PageDown, Move::By(page)),
        (Key::PageUp, Move::By(-page)),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
    ];
    for (key, step) in moves {
        if ui.input(|input| input.key_pressed(key)) {
            actions.push(Action::MoveSelection(step));
        }
    }
}

/// Moves the first row by the wheel, and so that a newly selected row is in view.
fn scroll(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui, rect: Rect, area: &egui::Response) {
    let count = bench.rows().len();
    let (mut first, mut part) = drafts.scroll;
    if area.hovered() || ui.rect_contains_pointer(rect) {
        part -= ui.input(egui::InputState::smooth_scroll_delta).y;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole rows of a screenful")]
    let whole = (part / ROW).floor() as isize;
    first = first.saturating_add_signed(whole);
    #[expect(clippy::cast_precision_loss, reason = "a screenful")]
    let moved = whole as f32 * ROW;
    part -= moved;
    let fits = visible(rect);
    let last_first = count.saturating_sub(fits);
    let id = ui.scope_id().with("shown");
    let shown = ui.data(|data| data.get_temp::<Option<usize>>(id)).flatten();
    if let Some(selected) = bench.selected().filter(|selected| shown != Some(*selected)) {
        if selected < first {
            (first, part) = (selected, 0.0);
        } else if selected >= first + fits {
            (first, part) = (selected + 1 - fits, 0.0);
        }
        ui.data_mut(|data| data.insert_temp(id, Some(selected)));
    }
    if first >= last_first {
        (first, part) = (last_first, if count > fits { part.min(0.0) } else { 0.0 });
    }
    drafts.scroll = (first, part.max(0.0));
}

/// Rows that fit whole.
fn visible(rect: Rect) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a screenful of rows"
    )]
    let rows = (rect.height() / ROW).floor().max(1.0) as usize;
    rows
}

fn rows(
    bench: &Workbench,
    drafts: &Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
    rect: Rect,
    columns: &[(usize, f32, f32)],
) {
    let (first, part) = drafts.scroll;
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut y = rect.top() - part;
    for index in first..bench.rows().len() {
        if y >= rect.bottom() {
            break;
        }
        let line = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width() - BAR, ROW));
        if let Some(row) = bench.rows().get(index) {
            let response = ui.interact(line, ui.scope_id().with(index), Sense::click());
            let chosen = bench.selected() == Some(index);
            response.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::accesskit::Role::ListBoxOption,
                    true,
                    chosen,
                    name(row),
                )
            });
            if response.clicked() {
                actions.push(Action::SelectRow(Some(index)));
                actions.push(Action::Follow(index + 1 == bench.rows().len()));
            }
            paint_row(bench, &ui, row, line, (chosen, response.hovered()), columns);
        }
        y += ROW;
    }
}

/// The accessible name of a row.
fn name(row: &Exchange) -> String {
    let status = row
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!(
        "{} {} {status} {}",
        row.index,
        row.name(),
        Judgement::of(row).words()
    )
}

fn paint_row(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    line: Rect,
    (chosen, hovered): (bool, bool),
    columns: &[(usize, f32, f32)],
) {
    let palette = Palette::of(ui);
    if chosen || hovered {
        let fill = if chosen {
            palette.selection
        } else {
            palette.bg2
        };
        ui.painter().rect_filled(line, 0.0, fill);
    }
    let replay = bench.replay_result();
    let divergence = replay.and_then(|replay| replay.divergence.as_ref());
    if divergence.is_some_and(|(at, _)| *at == row.index) {
        let edge = Rect::from_min_size(line.min, vec2(3.0, ROW));
        ui.painter().rect_filled(edge, 0.0, palette.wrong);
    }
    session_bracket(bench, ui, row, line);
    for (index, x, width) in columns {
        let area = Rect::from_min_max(
            pos2(line.left() + x, line.top()),
            pos2(line.left() + x + width - 4.0, line.bottom()),
        );
        if let Some((text, font, color)) = cell_text(bench, ui, row, *index, chosen) {
            let right = COLUMNS.get(*index).is_some_and(|column| column.right);
            let (at, align) = cell(line, *x, *width, right);
            clipped(ui, area, at, align, text, font, color);
        } else {
            verdict_cell(ui, row, area, *width);
        }
    }
}

/// Text, font and colour of a cell; `None` for the verdict, which has an icon.
fn cell_text(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    column: usize,
    chosen: bool,
) -> Option<(String, FontId, Color32)> {
    let palette = Palette::of(ui);
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    let body = egui::TextStyle::Body.resolve(ui.style());
    Some(match column {
        0 if bench.is_marked(row.index) => {
            (format!("• {}", row.index), theme::mono(), palette.accent)
        }
        0 => (row.index.to_string(), theme::mono(), quiet),
        1 => (delta(bench, row), theme::mono(), quiet),
        2 => (row.lane.name().to_owned(), body, palette.t2),
        3 => {
            let aid = row.aid.map_or_else(String::new, |aid| aid.to_string());
            (aid, theme::mono(), palette.t2)
        }
        4 => (row.name().to_owned(), theme::medium(), palette.t1),
        5 => (key_and_mode(row), body, palette.t2),
        6 => (parameters(bench, row), body, palette.t2),
        7 => {
            let refused = Judgement::of(row) == Judgement::Refused;
            let color = if refused { palette.refusal } else { quiet };
            let status = row.status.map(|status| status.to_string());
            (
                status.unwrap_or_else(|| "none".into()),
                theme::mono(),
                color,
            )
        }
        _ => return None,
    })
}

fn verdict_cell(ui: &Ui, row: &Exchange, area: Rect, width: f32) {
    let palette = Palette::of(ui);
    let judgement = Judgement::of(row);
    let middle = area.center().y;
    icons::judgement(ui, judgement, pos2(area.left() + 14.0, middle));
    if width > 40.0 {
        let color = if matches!(judgement, Judgement::Verified | Judgement::Plain) {
            palette.t2
        } else {
            theme::judgement_color(judgement, palette)
        };
        let at = pos2(area.left() + 26.0, middle);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let words = verdict_words(row, judgement);
        clipped(ui, area, at, Align2::LEFT_CENTER, words, font, color);
    }
}

fn verdict_words(row: &Exchange, judgement: Judgement) -> String {
    use crate::secure_messaging::Verdict;
    if judgement == Judgement::Verified && row.verdicts.tmv == Verdict::Ok {
        return "verified, TMV fits".into();
    }
    if row.status.is_none() {
        return "no answer".into();
    }
    judgement.words().into()
}

/// Paints text that ends in `…` where it does not fit.
fn clipped(
    ui: &Ui,
    area: Rect,
    at: Pos2,
    align: Align2,
    text: String,
    font: FontId,
    color: Color32,
) {
    let width = if align == Align2::RIGHT_CENTER {
        at.x - area.left()
    } else {
        area.right() - at.x
    };
    let mut job = egui::text::LayoutJob::simple_singleline(text, font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let galley = ui.painter().layout_job(job);
    let rect = align.anchor_size(at, galley.size());
    ui.painter().galley(rect.min, galley, color);
}

fn session_bracket(bench: &Workbench, ui: &Ui, row: &Exchange, line: Rect) {
    if row.channel.is_none_or(|channel| channel == "plain") {
        return;
    }
    let palette = Palette::of(ui);
    let x = line.left() + 7.0;
    if row.is_authentication() {
        ui.painter().rect_filled(
            Rect::from_center_size(pos2(x, line.center().y), vec2(5.0, 5.0)),
            0.0,
            palette.line2,
        );
    }
    let goes_on = bench
        .rows()
        .get(row.index + 1)
        .is_some_and(|next| next.channel == row.channel);
    let top = if row.is_authentication() {
        line.center().y
    } else {
        line.top()
    };
    let bottom = if goes_on {
        line.bottom()
    } else {
        line.center().y + 4.0
    };
    ui.painter()
        .vline(x, top..=bottom, egui::Stroke::new(2.0, palette.line2));
}

fn delta(bench: &Workbench, row: &Exchange) -> String {
    let before = row
        .index
        .checked_sub(1)
        .and_then(|index| bench.rows().get(index))
        .and_then(|before| before.time_us);
    let micros = row
        .time_us
        .map(|time| time.saturating_sub(before.unwrap_or(time)));
    micros.map_or_else(String::new, |micros| {
        format!("{}.{}", micros / 1000, micros % 1000 / 100)
    })
}

fn key_and_mode(row: &Exchange) -> String {
    let key = row.key.as_ref().map(|key| {
        let number = key
            .key_no
            .map_or_else(String::new, |key_no| format!("{key_no} "));
        format!("{number}{}", key.label)
    });
    let mode = row
        .mode
        .filter(|_| row.channel == Some("ev2"))
        .map(crate::card::CommMode::name);
    [key.as_deref(), mode]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The parameters in short: the fields of command and answer that say what happened.
pub(super) fn parameters(bench: &Workbench, row: &Exchange) -> String {
    use crate::report::Place;
    if row.is_authentication() {
        let ti = row.authentication.as_ref().and_then(|seen| seen.ti);
        return ti.map_or_else(
            || "2 frames".into(),
            |ti| format!("2 frames, TI {}", hex::upper(ti)),
        );
    }
    let Some(_) = row.command else {
        return row
            .findings
            .first()
            .map_or_else(String::new, |finding| finding.text.clone());
    };
    let tree = crate::trace::fields(row, bench.log().events(), false);
    let side = |side: &str| {
        let own = tree.iter().filter(|field| {
            field.place == Place::Plain && field.name != "Cmd" && field.path.starts_with(side)
        });
        own.map(|field| format!("{} {}", field.name, field.value))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (command, response) = (side("command"), side("response"));
    match (command.is_empty(), response.is_empty()) {
        (true, true) => String::new(),
        (false, true) => command,
        (true, false) => response,
        (false, false) => format!("{command} → {response}"),
    }
}

fn scroll_bar(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui, rect: Rect) {
    let (count, fits) = (bench.rows().len(), visible(rect));
    if count <= fits {
        return;
    }
    let palette = Palette::of(ui);
    let track = Rect::from_min_max(pos2(rect.right() - BAR + 2.0, rect.top()), rect.max);
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ScrollBar, true, "Scroll the trace")
    });
    #[expect(
        clippy::cast_precision_loss,
        reason = "a position on a bar of some hundred pixels"
    )]
    let (share, at) = (
        fits as f32 / count as f32,
        drafts.scroll.0 as f32 / count as f32,
    );
    let height = (track.height() * share).max(24.0);
    let span = track.height() - height;
    let top = track.top() + (at / (1.0 - share).max(f32::EPSILON)).min(1.0) * span;
    if let Some(pointer) = response.interact_pointer_pos() {
        let part = ((pointer.y - track.top() - height / 2.0) / span.max(1.0)).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a row number"
        )]
        let first = (f64::from(part) * (count - fits) as f64).round() as usize;
        drafts.scroll = (first, 0.0);
    }
    let color = if response.hovered() || response.dragged() {
        palette.line2
    } else {
        palette.bg4
    };
    let handle = Rect::from_min_size(pos2(track.left(), top), vec2(track.width() - 2.0, height));
    ui.painter().rect_filled(handle, 3.0, color);
}

fn findings_strip(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, palette.bg0);
    let remarkable = bench.log().remarkable();
    let mut ui = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(8.0, 1.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    ui.label(
        egui::RichText::new("Findings")
            .font(theme::strong())
            .color(palette.t1),
    );
    ui.label(egui::RichText::new(remarkable.len().to_string()).color(palette.t2));
    let newest = remarkable.iter().rev().take(3).rev();
    for row in newest.filter_map(|index| bench.rows().get(*index)) {
        let text = row
            .findings
            .iter()
            .max_by_key(|finding| finding.severity)
            .map_or("", |finding| finding.text.as_str());
        ui.separator();
        let (place, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        icons::judgement(&ui, Judgement::of(row), place.center());
        if ui
            .link(egui::RichText::new(format!("{} {text}", row.index)).color(palette.t1))
            .clicked()
        {
            actions.push(Action::SelectRow(Some(row.index)));
        }
    }
}

/// The empty trace: three ways, the first certain to work.
fn start(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let width = 660.0_f32.min(ui.available_width() - 24.0).max(1.0);
    ui.add_space(((ui.available_height() - 330.0) / 2.0).max(8.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(width);
        ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.label(
                egui::RichText::new(text::START_TITLE)
                    .font(theme::title())
                    .color(palette.t1),
            );
            ui.label(egui::RichText::new(text::START_HINT).color(palette.t2));
            ui.add_space(8.0);
            let frame = egui::Frame::new()
                .fill(palette.bg2)
                .stroke(egui::Stroke::new(1.0, palette.line))
                .corner_radius(6)
                .inner_margin(14);
            frame.show(ui, |ui| {
                way(ui, text::START_CARD, text::START_CARD_HINT, |ui| {
                    if widgets::primary_button(ui, text::START_CARD_BUTTON, bench.can_send())
                        .clicked()
                    {
                        Command::TopUp.perform(bench, drafts, actions);
                    }
                });
                ui.separator();
                way(ui, text::START_OPEN, text::START_OPEN_HINT, |ui| {
                    if widgets::button(ui, text::START_OPEN_BUTTON, Ok(())).clicked() {
                        Command::Open.perform(bench, drafts, actions);
                    }
                });
                ui.separator();
                way(ui, text::START_SAMPLE, text::START_SAMPLE_HINT, |ui| {
                    if widgets::button(ui, text::START_SAMPLE_BUTTON, Ok(())).clicked() {
                        actions.push(Action::OpenSample(4));
                    }
                });
            });
        });
    });
}

fn way(ui: &mut Ui, title: &str, hint: &str, button: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(56.0);
        ui.vertical(|ui| {
            ui.set_width((ui.available_width() - 170.0).max(120.0));
            ui.label(
                egui::RichText::new(title)
                    .font(theme::strong())
                    .size(13.5)
                    .color(palette.t1),
            );
            ui.label(egui::RichText::new(hint).color(palette.t2));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), button);
    });
}
