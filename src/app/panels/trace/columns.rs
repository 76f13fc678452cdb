//! Which columns there are, which of them fit, and where they stand.

use eframe::egui::{self, Align2, Popup, PopupCloseBehavior, Pos2, Rect, Sense, Ui, pos2, vec2};

use crate::app::column_choice;
use crate::app::theme::{self, Palette};
use crate::app::times;
use crate::workbench::{Action, Columns, Setting, TraceColumn, Workbench};

const HEAD: f32 = 22.0;
/// Left of all columns: the session bracket.
const BRACKET: f32 = 12.0;
/// Width of the parameters below which nothing of them can be read.
const LEAST: f32 = 60.0;
/// Panel width below which the verdict has no words.
const WORDS: f32 = 620.0;
/// Width of a verdict without words.
const ICON: f32 = 28.0;

/// Where a column stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) column: TraceColumn,
    pub(super) x: f32,
    pub(super) width: f32,
}

/// Widths that columns need for the longest text of this trace: numbers are never cut off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    number: f32,
    time: f32,
}

impl Needs {
    /// Those of a trace.
    pub(super) fn new(bench: &Workbench, ui: &Ui) -> Self {
        let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(), '0'));
        let time = bench.rows().last().and_then(|row| bench.since_first(row));
        let time = time.map(times::millis).unwrap_or_default();
        Self::of(digit, bench.rows().len(), time.chars().count())
    }

    /// Of so many rows and of times with so many characters; `digit`: width of a digit.
    #[expect(clippy::cast_precision_loss, reason = "a text has few characters")]
    fn of(digit: f32, rows: usize, time: usize) -> Self {
        let wide = |chars: usize| (digit * chars as f32).ceil() + PADDING;
        let digits = rows.saturating_sub(1).to_string().len();
        Self {
            number: wide(digits + MARK),
            time: wide(time),
        }
    }
}

/// Characters of the mark before a row's number.
const MARK: usize = 2;
/// What a cell of numbers leaves free, and a pixel that rounding may take.
const PADDING: f32 = 9.0;

/// How a column looks.
struct Look {
    head: &'static str,
    /// 0 is elastic.
    width: f32,
    /// What is left to the parameters where this column is still shown; 0 is shown in any panel.
    room: f32,
    right: bool,
}

/// The columns in the order in which they come into a panel that grows. Those that a user adds to the first ones were
/// asked for and come early.
const BY_WEIGHT: [TraceColumn; 13] = [
    TraceColumn::Number,
    TraceColumn::Command,
    TraceColumn::Verdict,
    TraceColumn::Status,
    TraceColumn::Time,
    TraceColumn::InSession,
    TraceColumn::Counter,
    TraceColumn::Length,
    TraceColumn::Parameters,
    TraceColumn::KeyAndMode,
    TraceColumn::Delta,
    TraceColumn::App,
    TraceColumn::Lane,
];

const fn look(column: TraceColumn) -> Look {
    let (head, width, room, right) = match column {
        TraceColumn::Number => ("#", 44.0, 0.0, true),
        TraceColumn::Time => ("Time ms", 92.0, LEAST, true),
        TraceColumn::InSession => ("In session ms", 92.0, LEAST, true),
        TraceColumn::Delta => ("Δt ms", 62.0, 112.0, true),
        TraceColumn::Lane => ("Lane", 88.0, 178.0, false),
        TraceColumn::App => ("App", 66.0, 106.0, false),
        TraceColumn::Command => ("Command", 172.0, 0.0, false),
        TraceColumn::KeyAndMode => ("Key and mode", 150.0, 94.0, false),
        TraceColumn::Counter => ("Counter", 64.0, LEAST, true),
        TraceColumn::Parameters => ("Parameters", 0.0, 206.0, false),
        TraceColumn::Length => ("Length", 92.0, LEAST, false),
        TraceColumn::Status => ("Status", 58.0, 66.0, false),
        TraceColumn::Verdict => ("Verdict", 150.0, 0.0, false),
    };
    Look {
        head,
        width,
        room,
        right,
    }
}

/// Whether a column's cells stand at the right.
pub(super) const fn is_right(column: TraceColumn) -> bool {
    look(column).right
}

/// Places of the wanted columns that fit; the parameters column takes what is left. From the first column that does
/// not fit on, all are left out.
pub(super) fn layout(width: f32, wanted: &Columns, needs: Needs) -> Vec<Place> {
    let own = |column: TraceColumn| match column {
        TraceColumn::Number => look(column).width.max(needs.number),
        TraceColumn::Time => look(column).width.max(needs.time),
        TraceColumn::Verdict if width < WORDS => ICON,
        column => look(column).width,
    };
    let mut used = BRACKET;
    let mut shown = Vec::new();
    for column in BY_WEIGHT.into_iter().filter(|column| wanted.has(*column)) {
        let room = look(column).room;
        if room > 0.0 && used + own(column) + room > width {
            break;
        }
        used += own(column);
        shown.push(column);
    }
    let mut x = BRACKET;
    let mut places = Vec::new();
    let in_order = TraceColumn::ALL.into_iter();
    for column in in_order.filter(|column| shown.contains(column)) {
        let wide = match own(column) {
            0.0 => (width - used).max(LEAST),
            fixed => fixed,
        };
        places.push(Place {
            column,
            x,
            width: wide,
        });
        x += wide;
    }
    places
}

/// The heads. Ctrl and a click hides a column, the menu shows it again.
pub(super) fn heads(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui, places: &[Place]) {
    let palette = Palette::of(ui);
    let (rect, all) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::click());
    let font = theme::small().resolve(ui.style());
    for place in places {
        let look = look(place.column);
        let corner = pos2(rect.left() + place.x, rect.top());
        let area = Rect::from_min_size(corner, vec2(place.width, HEAD));
        let id = ui.scope_id().with(("head", look.head));
        let head = ui.interact(area, id, Sense::hover());
        head.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::ColumnHeader, true, look.head)
        });
        let pressed = all.clicked() && ui.input(|input| input.modifiers.command);
        if pressed
            && all
                .interact_pointer_pos()
                .is_some_and(|at| area.contains(at))
        {
            actions.push(Action::Set(Setting::Column(place.column, false)));
        }
        // A verdict without words has only an icon, and no room for a head.
        if place.width > 40.0 {
            let (at, align) = cell(rect, place);
            ui.painter()
                .text(at, align, look.head, font.clone(), palette.t3);
        }
        head.on_hover_text(column_choice::hint(place.column));
    }
    // It belongs to all heads: that of a column goes with its column.
    Popup::context_menu(&all)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            let fit: Vec<TraceColumn> = places.iter().map(|place| place.column).collect();
            column_choice::choice_ui(bench, Some(&fit), actions, ui);
        });
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        egui::Stroke::new(1.0, palette.line),
    );
}

/// Where the text of a cell is anchored.
pub(super) fn cell(line: Rect, place: &Place) -> (Pos2, Align2) {
    let left = line.left() + place.x;
    if is_right(place.column) {
        let right = left + place.width - 8.0;
        (pos2(right, line.center().y), Align2::RIGHT_CENTER)
    } else {
        (pos2(left + 6.0, line.center().y), Align2::LEFT_CENTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::Settings;

    fn columns(width: f32, settings: &Settings) -> Vec<TraceColumn> {
        let places = layout(width, &settings.columns, Needs::default());
        places.into_iter().map(|place| place.column).collect()
    }

    #[test]
    fn columns_come_into_a_growing_panel_by_their_weight() {
        use TraceColumn as C;
        let settings = Settings::default();
        for (width, count, newest) in [
            (100.0, 3, C::Verdict),
            (380.0, 4, C::Status),
            (520.0, 5, C::Parameters),
            (680.0, 6, C::KeyAndMode),
            (760.0, 7, C::Delta),
            (820.0, 8, C::App),
            (980.0, 9, C::Lane),
        ] {
            let shown = columns(width, &settings);
            assert_eq!(shown.len(), count, "{width}: {shown:?}");
            assert!(shown.contains(&newest), "{width}: {shown:?}");
            let narrower = columns(width - 1.0, &settings);
            assert_eq!(narrower.contains(&newest), count == 3, "{width}");
        }
    }

    #[test]
    fn nothing_reaches_beyond_the_panel_whatever_is_chosen() {
        let mut all = Settings::default();
        all.set(Setting::Columns(Columns::all()));
        let mut few = Settings::default();
        few.set(Setting::Column(TraceColumn::Lane, false));
        few.set(Setting::Column(TraceColumn::Verdict, false));
        for settings in [&all, &few, &Settings::default()] {
            for width in [420.0, 640.0, 700.0, 900.0, 1010.0, 1300.0, 1900.0] {
                let places = layout(width, &settings.columns, Needs::default());
                let last = places.last().map_or(0.0, |last| last.x + last.width);
                assert!(last <= width + 0.01, "{width}: {places:?}");
            }
        }
        assert_eq!(columns(1900.0, &all), TraceColumn::ALL);
    }

    #[test]
    fn numbers_of_long_traces_have_their_room_and_others_stay() {
        const DIGIT: f32 = 7.2;
        let mut settings = Settings::default();
        settings.set(Setting::Column(TraceColumn::Time, true));
        let wide = |rows, time, column| {
            let needs = Needs::of(DIGIT, rows, time);
            let places = layout(1400.0, &settings.columns, needs);
            let found = places.iter().find(|place| place.column == column);
            found.map(|place| place.width)
        };
        assert_eq!(wide(90, 7, TraceColumn::Number), Some(44.0));
        assert_eq!(wide(90, 7, TraceColumn::Time), Some(92.0));
        for (rows, text) in [(100_001, "• 100000"), (4_000_000, "• 3999999")] {
            #[expect(clippy::cast_precision_loss, reason = "few characters")]
            let text = text.chars().count() as f32 * DIGIT;
            let number = wide(rows, 7, TraceColumn::Number).unwrap_or_default();
            // A cell of numbers ends eight pixels before its column does.
            assert!(number - 8.0 > text, "{rows}: {number}");
        }
        let time = wide(90, 14, TraceColumn::Time).unwrap_or_default();
        assert!(time - 8.0 > 14.0 * DIGIT, "{time}");
    }

    #[test]
    fn the_parameters_take_what_a_hidden_column_leaves() {
        let wide = |settings: &Settings| {
            let places = layout(1000.0, &settings.columns, Needs::default());
            let found = places
                .iter()
                .find(|place| place.column == TraceColumn::Parameters);
            found.map(|place| place.width)
        };
        let mut settings = Settings::default();
        let before = wide(&settings);
        settings.set(Setting::Column(TraceColumn::KeyAndMode, false));
        assert_eq!(wide(&settings), before.map(|before| before + 150.0));
    }
}
