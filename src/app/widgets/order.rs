//! Moving and removing the entries of a list whose order counts.

use eframe::egui::{RichText, Ui};

use crate::app::theme::Palette;

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Moved {
    /// One place up.
    Up,
    /// One place down.
    Down,
    /// Away.
    Removed,
}

impl Moved {
    /// The list afterwards.
    pub(in crate::app) fn apply<T: Clone>(self, list: &[T], place: usize) -> Vec<T> {
        let mut list = list.to_vec();
        match self {
            Self::Up if (1..list.len()).contains(&place) => list.swap(place, place - 1),
            Self::Down if place + 1 < list.len() => list.swap(place, place + 1),
            Self::Removed if place < list.len() => {
                list.remove(place);
            }
            _ => {}
        }
        list
    }
}

/// Buttons for the entry at a place; `what` names it.
pub(in crate::app) fn order_ui(
    ui: &mut Ui,
    what: &str,
    place: usize,
    count: usize,
) -> Option<Moved> {
    let can = |there: bool, why| if there { Ok(()) } else { Err(why) };
    let buttons = [
        (
            "Up",
            "up",
            Moved::Up,
            can(place > 0, "Off, it is the first"),
        ),
        (
            "Down",
            "down",
            Moved::Down,
            can(place + 1 < count, "Off, it is the last"),
        ),
        ("Remove", "away", Moved::Removed, Ok(())),
    ];
    ui.horizontal(|ui| {
        let mut moved = None;
        for (word, way, what_then, can) in buttons {
            let name = match what_then {
                Moved::Removed => format!("Remove {what}"),
                _ => format!("Move {what} {way}"),
            };
            let mut shown = RichText::new(word);
            if can.is_err() {
                shown = shown.color(Palette::of(ui).t3);
            }
            let response = ui.add_enabled(can.is_ok(), eframe::egui::Button::new(shown));
            response.widget_info(|| {
                let role = eframe::egui::accesskit::Role::Button;
                eframe::egui::WidgetInfo::labeled(role, can.is_ok(), &name)
            });
            if response.clicked() {
                moved = Some(what_then);
            }
            if let Err(why) = can {
                response.on_disabled_hover_text(why);
            }
        }
        moved
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_move_within_their_list() {
        let list = ["a", "b", "c"];
        for (moved, place, expected) in [
            (Moved::Up, 1, &["b", "a", "c"][..]),
            (Moved::Up, 0, &["a", "b", "c"]),
            (Moved::Down, 1, &["a", "c", "b"]),
            (Moved::Down, 2, &["a", "b", "c"]),
            (Moved::Removed, 1, &["a", "c"]),
            (Moved::Removed, 9, &["a", "b", "c"]),
        ] {
            assert_eq!(moved.apply(&list, place), expected, "{moved:?} {place}");
        }
    }
}
