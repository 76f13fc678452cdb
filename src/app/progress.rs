//! How far long work is, with a way to stop it; and rows that are decoded with earlier keys.

use std::time::Duration;

use eframe::egui::{Id, ProgressBar, RichText, Ui};

use super::theme::Palette;
use super::widgets;
use crate::workbench::{Action, Progress, Workbench};

/// Seconds that work may take before anybody is told (DESIGN §7).
const PATIENCE: f64 = 0.2;

/// The part of the status bar that tells about long work; nothing while there is none.
pub(super) fn progress_ui(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let id = Id::unique("progress since");
    let Some(progress) = bench.progress() else {
        ui.data_mut(|data| data.remove::<f64>(id));
        if bench.is_stale() {
            stale(bench, actions, ui);
        }
        return;
    };
    let now = ui.input(|input| input.time);
    let since = ui.data_mut(|data| *data.get_temp_mut_or(id, now));
    let left = PATIENCE - (now - since);
    if left > 0.0 {
        // Nothing else may happen until then.
        ui.ctx()
            .request_repaint_after(Duration::from_secs_f64(left));
        return;
    }
    let palette = Palette::of(ui);
    let text = RichText::new(sentence(progress)).size(11.5);
    ui.label(text.color(palette.t1));
    #[expect(clippy::cast_precision_loss, reason = "a share on a bar")]
    let share = progress.done as f32 / progress.total.max(1) as f32;
    ui.add(
        ProgressBar::new(share)
            .desired_width(120.0)
            .desired_height(8.0),
    );
    if ui.small_button("Cancel").clicked() {
        actions.push(Action::Cancel);
    }
}

fn stale(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (text, button) = if bench.is_partial() {
        ("Only the first rows are there", "Decode the rest")
    } else {
        ("Decoded with earlier keys", "Decode again")
    };
    let text = RichText::new(text).size(11.5);
    ui.label(text.color(palette.refusal));
    let button = widgets::button(ui, button, Ok(()));
    if button
        .on_hover_text("Decode all rows with the present keys")
        .clicked()
    {
        actions.push(Action::Redecode);
    }
}

/// What is being done, and how far it is.
fn sentence(Progress { what, done, total }: Progress) -> String {
    if total == 0 {
        return what.to_owned();
    }
    // Lines that hold no event count as well; never more than all.
    let done = done.min(total);
    format!("{what}, {} of {}", grouped(done), grouped(total))
}

/// A number with a space between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let places = (1..=digits.len()).rev();
    let mut text = String::new();
    for (digit, place) in digits.chars().zip(places) {
        text.push(digit);
        if place > 1 && place % 3 == 1 {
            text.push(' ');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_sentence() {
        let of = |done, total| {
            sentence(Progress {
                what: "Decoding",
                done,
                total,
            })
        };
        assert_eq!(of(120_000, 1_000_000), "Decoding, 120 000 of 1 000 000");
        assert_eq!(of(5, 999), "Decoding, 5 of 999");
        assert_eq!(of(7, 0), "Decoding");
        assert_eq!(of(7, 6), "Decoding, 6 of 6");
    }
}
