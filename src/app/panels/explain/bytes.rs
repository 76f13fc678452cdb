//! How far expected and received bytes differ, in words and side by side.

use eframe::egui::Ui;

use crate::app::widgets;
use crate::explain::Explanation;

/// How far the bytes differ, in words.
pub(super) fn difference_words(explanation: &Explanation) -> String {
    let (own, got) = (&explanation.expected, &explanation.received);
    if own.is_empty() {
        return String::new();
    }
    if own.len() != got.len() {
        return format!("{} bytes, {} expected", got.len(), own.len());
    }
    let differ = own.iter().zip(got).filter(|(own, got)| own != got).count();
    match explanation.difference() {
        Some(first) => format!(
            "differs from byte {first}, {differ} of {} bytes differ",
            own.len()
        ),
        None => String::new(),
    }
}

pub(super) fn compared_ui(explanation: &Explanation, ui: &mut Ui) {
    let (own, got) = (&explanation.expected, &explanation.received);
    widgets::compared_ui(ui, ("Expected", own), ("Received", got));
}
