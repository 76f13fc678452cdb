//! One row: what stands in each cell.

use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::columns::{Place, cell};
use super::texts;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{icons, text, times, widgets};
use crate::bytes::hex;
use crate::trace::{Exchange, Judgement};
use crate::workbench::{Gap, Tint, TraceColumn, Workbench};

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

/// How a row is drawn.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) chosen: bool,
    pub(super) hovered: bool,
    /// Of the first colour rule that fits.
    pub(super) tint: Option<Tint>,
}

pub(super) fn paint_row(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    line: Rect,
    state: State,
    places: &[Place],
) {
    background(ui, line, state);
    let palette = Palette::of(ui);
    let replay = bench.replay_result();
    let divergence = replay.and_then(|replay| replay.divergence.as_ref());
    if divergence.is_some_and(|(at, _)| *at == row.index) {
        let edge = Rect::from_min_size(line.min, vec2(3.0, ROW));
        ui.painter().rect_filled(edge, 0.0, palette.wrong);
    }
    session_bracket(bench, ui, row, line);
    let gap = bench.gap_before(row);
    if gap.is_some() {
        let stroke = Stroke::new(1.0, palette.t3);
        ui.painter().hline(line.x_range(), line.top() + 0.5, stroke);
    }
    let mut free = Vec::new();
    for place in places {
        let area = area(line, place);
        if place.column == TraceColumn::Verdict {
            verdict_cell(ui, row, area, place.width, state);
            continue;
        }
        let (text, font, color) = cell_text(bench, ui, row, place.column, state, places);
        let (mut at, align) = cell(line, place);
        if place.column == TraceColumn::Lane {
            let middle = pos2(at.x + 6.0, at.y);
            icons::lane(ui, row.lane, middle, palette.t2);
            at.x += 18.0;
        }
        let end = clipped(ui, area, at, align, text, font, color);
        if matches!(
            place.column,
            TraceColumn::Parameters | TraceColumn::KeyAndMode | TraceColumn::Command
        ) {
            free.push(area.with_min_x(end));
        }
    }
    if let Some(gap) = gap {
        pause(ui, gap, &free, state);
    }
}

fn background(ui: &Ui, line: Rect, state: State) {
    let palette = Palette::of(ui);
    let fill = match state {
        State { chosen: true, .. } => palette.selection,
        State {
            tint: Some(tint), ..
        } => theme::tint(tint, palette),
        State { hovered: true, .. } => palette.bg2,
        _ => return,
    };
    ui.painter().rect_filled(line, 0.0, fill);
}

/// The gap before a row in small text, in the last of the cells whose text leaves room for it.
fn pause(ui: &Ui, gap: Gap, free: &[Rect], state: State) {
    let color = state.quiet(Palette::of(ui));
    let text = times::gap(gap);
    let galley = ui.painter().layout_no_wrap(text, theme::tiny(), color);
    let fits = |room: &&Rect| room.width() > galley.size().x + 12.0;
    if let Some(room) = free.iter().rev().find(fits) {
        let left = room.right() - galley.size().x;
        let top = room.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(left, top), galley, color);
    }
}

impl State {
    /// Units and numbers: the faintest text that can be read on this background.
    fn quiet(self, palette: &Palette) -> Color32 {
        if self.chosen || self.tint.is_some() {
            palette.t2
        } else {
            palette.t3
        }
    }

    /// A colour that says something, where the background leaves it readable.
    fn telling(self, color: Color32, palette: &Palette) -> Color32 {
        if self.tint.is_some() && !self.chosen {
            palette.t1
        } else {
            color
        }
    }
}

/// Where the content of a cell may stand.
pub(super) fn area(line: Rect, place: &Place) -> Rect {
    let left = line.left() + place.x;
    Rect::from_min_max(
        pos2(left, line.top()),
        pos2(left + place.width - 4.0, line.bottom()),
    )
}

/// Text, font and colour of a cell; the verdict has none.
pub(super) fn cell_text(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    column: TraceColumn,
    state: State,
    places: &[Place],
) -> (String, FontId, Color32) {
    let palette = Palette::of(ui);
    let quiet = state.quiet(palette);
    let body = egui::TextStyle::Body.resolve(ui.style());
    let number = |text: Option<String>| (text.unwrap_or_default(), theme::mono(), quiet);
    match column {
        TraceColumn::Number if bench.is_marked(row.index) => {
            let color = state.telling(palette.accent, palette);
            (format!("• {}", row.index), theme::mono(), color)
        }
        TraceColumn::Number => number(Some(row.index.to_string())),
        TraceColumn::Time => number(bench.since_first(row).map(times::millis)),
        TraceColumn::InSession => number(texts::kept(bench, ui, "session", row, || {
            bench.since_session(row).map(times::millis)
        })),
        TraceColumn::Delta => {
            let since = bench.since_before(row).map(|(_, micros)| micros);
            let first = row.time_us.map(|_| 0);
            number(since.or(first).map(times::short))
        }
        TraceColumn::Lane => (text::lane(row.lane).to_owned(), body, palette.t2),
        TraceColumn::App => {
            let aid = row.aid.map(|aid| bench.aid_text(aid));
            (aid.unwrap_or_default(), theme::mono(), palette.t2)
        }
        TraceColumn::Command => {
            let has = |place: &Place| place.column == TraceColumn::Parameters;
            let name = match bench.note(row.index) {
                Some(note) if !places.iter().any(has) => format!("{} “{note}”", row.name()),
                _ => row.name().to_owned(),
            };
            (name, theme::medium(), palette.t1)
        }
        TraceColumn::KeyAndMode => (key_and_mode(row), body, palette.t2),
        TraceColumn::Counter => number(row.ctr.map(|ctr| ctr.to_string())),
        TraceColumn::Parameters => {
            let text = texts::kept(bench, ui, "parameters", row, || parameters(bench, row));
            match bench.note(row.index) {
                Some(note) => (format!("“{note}”  {text}"), body, palette.t1),
                None => (text, body, palette.t2),
            }
        }
        TraceColumn::Length => {
            let (command, answer) = bench.wire_lengths(row);
            let (command, answer) = (widgets::thousands(command), widgets::thousands(answer));
            number(Some(format!("{command} → {answer}")))
        }
        TraceColumn::Status => {
            let refused = Judgement::of(row) == Judgement::Refused;
            let color = if refused {
                state.telling(palette.refusal, palette)
            } else {
                quiet
            };
            let status = row.status.map(|status| status.to_string());
            (
                status.unwrap_or_else(|| "none".into()),
                theme::mono(),
                color,
            )
        }
        TraceColumn::Verdict => number(None),
    }
}

fn verdict_cell(ui: &Ui, row: &Exchange, area: Rect, width: f32, state: State) {
    let palette = Palette::of(ui);
    let judgement = Judgement::of(row);
    let middle = area.center().y;
    icons::judgement(ui, judgement, pos2(area.left() + 14.0, middle));
    if width > 40.0 {
        let color = if matches!(judgement, Judgement::Verified | Judgement::Plain) {
            palette.t2
        } else {
            state.telling(theme::judgement_color(judgement, palette), palette)
        };
        let at = pos2(area.left() + 26.0, middle);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let words = verdict_words(row, judgement);
        clipped(ui, area, at, Align2::LEFT_CENTER, words, font, color);
    }
}

pub(super) fn verdict_words(row: &Exchange, judgement: Judgement) -> String {
    use crate::secure_messaging::Verdict;
    if judgement == Judgement::Verified && row.verdicts.tmv == Verdict::Ok {
        return "verified, TMV fits".into();
    }
    if row.status.is_none() {
        return "no answer".into();
    }
    judgement.words().into()
}

/// Paints text that ends in `…` where it does not fit; gives its right end.
fn clipped(
    ui: &Ui,
    area: Rect,
    at: Pos2,
    align: Align2,
    text: String,
    font: FontId,
    color: Color32,
) -> f32 {
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
    rect.right()
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
