//! One row: what stands in each cell.

use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Ui, pos2, vec2};

use super::columns::{COLUMNS, cell};
use super::texts;
use crate::app::icons;
use crate::app::text;
use crate::app::theme::{self, Palette, ROW};
use crate::bytes::hex;
use crate::trace::{Exchange, Judgement};
use crate::workbench::Workbench;

/// Place of the lane among the columns.
const LANE: usize = 2;

/// The accessible name of a row.
pub(super) fn name(row: &Exchange) -> String {
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

pub(super) fn paint_row(
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
            let (mut at, align) = cell(line, *x, *width, right);
            if *index == LANE {
                let middle = pos2(at.x + 6.0, at.y);
                icons::lane(ui, row.lane, middle, Palette::of(ui).t2);
                at.x += 18.0;
            }
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
        2 => (text::lane(row.lane).to_owned(), body, palette.t2),
        3 => {
            let aid = row.aid.map(|aid| bench.aid_text(aid));
            (aid.unwrap_or_default(), theme::mono(), palette.t2)
        }
        4 => (row.name().to_owned(), theme::medium(), palette.t1),
        5 => (key_and_mode(row), body, palette.t2),
        6 => {
            let text = texts::kept(bench, ui, row, parameters);
            match bench.note(row.index) {
                Some(note) => (format!("“{note}”  {text}"), body, palette.t1),
                None => (text, body, palette.t2),
            }
        }
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
        .filter(|_| row.channel.is_some_and(|channel| channel != "plain"))
        .map(crate::card::CommMode::name);
    [key.as_deref(), mode]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The parameters in short: the fields of command and answer that say what happened.
fn parameters(bench: &Workbench, row: &Exchange) -> String {
    use crate::report::Place;
    if row.is_authentication() {
        let ti = row.authentication.as_ref().and_then(|seen| seen.ti());
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
        own.map(|field| format!("{} {}", field.name, bench.field_text(field)))
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
