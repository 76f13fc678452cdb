//! The command palette: every command by name, with area, shortcut, and why it is off.

use eframe::egui::{self, Align2, Area, Frame, Key, Order, Sense, TextEdit, Ui, vec2};

use super::commands::Command;
use super::drafts::Drafts;
use super::theme::{self, Palette};
use crate::workbench::Workbench;

/// Most lines that are shown.
const LINES: usize = 14;

/// Draws the palette when it is open; gives the command that was chosen.
pub(super) fn palette_ui(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui) -> Option<Command> {
    drafts.palette.as_ref()?;
    let (up, down, enter, escape) = ui.input_mut(|input| {
        (
            input.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
            input.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
            input.consume_key(egui::Modifiers::NONE, Key::Enter),
            input.consume_key(egui::Modifiers::NONE, Key::Escape),
        )
    });
    if escape {
        drafts.palette = None;
        return None;
    }
    let draft = drafts.palette.as_mut()?;
    let found = search(&draft.text);
    draft.chosen = (draft.chosen + usize::from(down))
        .saturating_sub(usize::from(up))
        .min(found.len().saturating_sub(1));
    let mut picked = enter
        .then(|| found.get(draft.chosen).map(|hit| hit.command))
        .flatten();
    Area::new(egui::Id::unique("palette"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 70.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(520.0);
                let edit = TextEdit::singleline(&mut draft.text)
                    .hint_text("Type a command")
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Command")
                });
                if response.changed() {
                    draft.chosen = 0;
                }
                response.request_focus();
                for (index, hit) in found.iter().enumerate() {
                    if line(ui, bench, hit, index == draft.chosen) {
                        picked = Some(hit.command);
                    }
                }
                if found.is_empty() {
                    ui.weak("No command has this name");
                }
            });
        });
    let picked = picked.filter(|command| command.available(bench).is_ok());
    if picked.is_some() {
        drafts.palette = None;
    }
    picked
}

/// A command that fits what is typed.
struct Hit {
    command: Command,
    name: String,
    /// Places of the matched letters in the name.
    letters: Vec<usize>,
}

/// The commands that fit, the best first: the beginning of the name, of a word, the initials of the words, anywhere,
/// and at last all letters somewhere in area and name.
fn search(text: &str) -> Vec<Hit> {
    let wanted: Vec<char> = text.trim().to_lowercase().chars().collect();
    let mut found: Vec<(u8, Hit)> = Command::all()
        .into_iter()
        .filter_map(|command| {
            let name = command.name();
            let (rank, letters) = fit(&name, command.menu().title(), &wanted)?;
            let hit = Hit {
                command,
                name,
                letters,
            };
            Some((rank, hit))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, hit)| hit).take(LINES).collect()
}

/// How well a name fits, 0 is best, and which of its letters do.
fn fit(name: &str, area: &str, wanted: &[char]) -> Option<(u8, Vec<usize>)> {
    let lower = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let letters = lower(name);
    let starts: Vec<usize> = (0..letters.len())
        .filter(|at| {
            at.checked_sub(1)
                .is_none_or(|before| letters.get(before) == Some(&' '))
        })
        .collect();
    let run = |at: usize| -> Option<Vec<usize>> {
        let end = at + wanted.len();
        (letters.get(at..end)? == wanted).then(|| (at..end).collect())
    };
    let initials = || -> Option<Vec<usize>> {
        let own = starts.get(..wanted.len())?;
        let fits = own
            .iter()
            .zip(wanted)
            .all(|(at, letter)| letters.get(*at) == Some(letter));
        fits.then(|| own.to_vec())
    };
    if wanted.is_empty() {
        return Some((0, Vec::new()));
    }
    if let Some(found) = run(0) {
        return Some((0, found));
    }
    if let Some(found) = starts.iter().find_map(|at| run(*at)) {
        return Some((1, found));
    }
    if let Some(found) = initials() {
        return Some((2, found));
    }
    if let Some(found) = (0..letters.len()).find_map(run) {
        return Some((3, found));
    }
    let area = lower(&format!("{area} "));
    let mut places = area.iter().chain(&letters).enumerate();
    let mut found = Vec::new();
    for letter in wanted.iter().filter(|letter| **letter != ' ') {
        let (place, _) = places.find(|(_, seen)| *seen == letter)?;
        found.extend(place.checked_sub(area.len()));
    }
    Some((4, found))
}

fn line(ui: &mut Ui, bench: &Workbench, hit: &Hit, chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let command = hit.command;
    let available = command.available(bench);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::accesskit::Role::MenuItem,
            available.is_ok(),
            command.name(),
        )
    });
    if chosen || response.hovered() {
        ui.painter().rect_filled(
            rect,
            4.0,
            if chosen {
                palette.selection
            } else {
                palette.bg4
            },
        );
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let middle = rect.center().y;
    let color = if available.is_ok() {
        palette.t1
    } else {
        palette.t2
    };
    ui.painter().text(
        egui::pos2(rect.left() + 8.0, middle),
        Align2::LEFT_CENTER,
        command.menu().title(),
        font.clone(),
        palette.t2,
    );
    let mut job = egui::text::LayoutJob::default();
    for (place, letter) in hit.name.chars().enumerate() {
        let (font, color) = if hit.letters.contains(&place) {
            (theme::strong(), palette.accent)
        } else {
            (font.clone(), color)
        };
        let format = egui::TextFormat::simple(font, color);
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, format);
    }
    let galley = ui.painter().layout_job(job);
    let at = egui::pos2(rect.left() + 64.0, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    let right = match (available, command.shortcut()) {
        (Err(why), _) => why.to_owned(),
        (Ok(()), Some(shortcut)) => ui.ctx().format_shortcut(&shortcut),
        (Ok(()), None) => String::new(),
    };
    ui.painter().text(
        egui::pos2(rect.right() - 8.0, middle),
        Align2::RIGHT_CENTER,
        right,
        font,
        palette.t2,
    );
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        search(text).into_iter().map(|hit| hit.name).collect()
    }

    #[test]
    fn the_best_name_comes_first() {
        for (typed, first) in [
            ("", "New session"),
            ("spend", "Spend"),
            ("keys", "Import keys…"),
            ("tu", "Top up"),
            ("RESET", "Reset the card"),
            ("card top", "Top up"),
            ("row", "First row"),
        ] {
            let found = names(typed);
            assert_eq!(
                found.first().map(String::as_str),
                Some(first),
                "{typed}: {found:?}"
            );
        }
        assert_eq!(names("zzz"), Vec::<String>::new());
    }

    #[test]
    fn the_letters_that_fit_are_told() {
        let letters = |typed: &str| search(typed).into_iter().next().map(|hit| hit.letters);
        assert_eq!(letters("tu"), Some(vec![0, 4]));
        assert_eq!(letters("up"), Some(vec![4, 5]));
        assert_eq!(letters("card top"), Some(vec![0, 1, 2]));
    }
}
