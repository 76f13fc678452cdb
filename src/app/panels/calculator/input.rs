//! One input: its name, what is typed, how long that is, and what is wrong with it.

use eframe::egui::{
    self, Align, Label, Layout, Response, RichText, Stroke, StrokeKind, TextEdit, Ui,
};

use super::ledger;
use super::secret;
use super::state::Page;
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette};
use crate::app::widgets;
use crate::bytes::hex;
use crate::calculator::{Choice, Field, Kind, Need, Slip, Topic, Weight};
use crate::keyring::KeyEntry;
use crate::workbench::Workbench;

/// Most choices that stand side by side.
const SEGMENTS: usize = 4;

pub(super) fn input_ui(
    bench: &Workbench,
    topic: &Topic,
    field: &'static Field,
    page: &mut Page,
    pasting: &mut Option<&'static str>,
    ui: &mut Ui,
) {
    let slips = page.slips_of(field);
    match &field.kind {
        Kind::Flag => flag(field, page, ui),
        Kind::Choice(choices) => {
            head(ui, field, |_| {});
            choice(field, choices, page, ui);
        }
        Kind::Lines => {
            let label = head(ui, field, |ui| {
                tools(bench, topic, field, page, pasting, ui);
            });
            ledger::form_ui(bench, field.name, page, ui);
            lines(field, page, (&label, &slips), ui);
        }
        Kind::Bytes(_) | Kind::Number(_) | Kind::Counter(_) | Kind::Text => {
            let mut held = false;
            let label = head(ui, field, |ui| {
                held = tools(bench, topic, field, page, pasting, ui);
            });
            one_line(field, page, held, (&label, &slips), ui);
        }
    }
    for slip in &slips {
        slip_ui(ui, slip);
    }
}

/// What is wrong, in a sentence under its input.
pub(super) fn slip_ui(ui: &mut Ui, slip: &Slip) {
    let color = weight_color(ui, slip.weight);
    ui.label(RichText::new(slip.sentence()).color(color).size(11.5));
}

fn weight_color(ui: &Ui, weight: Weight) -> egui::Color32 {
    let palette = Palette::of(ui);
    match weight {
        Weight::Refused => palette.wrong,
        Weight::Suspicious => palette.refusal,
    }
}

/// The name with its help, and what can be done at the right.
fn head(ui: &mut Ui, field: &Field, right: impl FnOnce(&mut Ui)) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let name = RichText::new(field.label).color(Palette::of(ui).t2);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            right(ui);
            // The name takes what is left, and ends in `…` where that is not enough.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(name).truncate())
                    .on_hover_text(field.help)
            })
            .inner
        })
        .inner
    })
    .inner
}

/// Paste, a key of the table, the length; whether a secret is held to be shown.
fn tools(
    bench: &Workbench,
    topic: &Topic,
    field: &'static Field,
    page: &mut Page,
    pasting: &mut Option<&'static str>,
    ui: &mut Ui,
) -> bool {
    let name = format!("Paste into {}", field.label);
    if widgets::icon_button(ui, Icon::Paste, &name).clicked() {
        *pasting = Some(field.name);
        ui.ctx()
            .send_viewport_cmd(egui::ViewportCommand::RequestPaste);
    }
    if let (true, Kind::Bytes(lengths)) = (field.secret, &field.kind) {
        keys(bench, topic, (field, lengths), page, ui);
    }
    let is_given = !page.text(field.name).is_empty();
    let body = egui::TextStyle::Body.resolve(ui.style());
    let color = Palette::of(ui).t2;
    let name = ui
        .painter()
        .layout_no_wrap(field.label.to_owned(), body, color)
        .size()
        .x;
    let left = |ui: &Ui| ui.available_width() - name - 8.0;
    let room = left(ui);
    let held = field.secret && is_given && secret::held(ui, field.label, |width| width <= room);
    if let Some(text) = length(field, page.text(field.name)) {
        let font = egui::TextStyle::Small.resolve(ui.style());
        let color = Palette::of(ui).t3;
        let width = ui
            .painter()
            .layout_no_wrap(text.clone(), font, color)
            .size()
            .x;
        // A long name leaves no room; a length that does not fit is told below the input anyway.
        if width <= left(ui) {
            ui.add_space(4.0);
            widgets::section(ui, &text);
        }
    }
    held
}

/// How many bytes there are, and how many there should be.
fn length(field: &Field, text: &str) -> Option<String> {
    let Kind::Bytes(lengths) = &field.kind else {
        return None;
    };
    let got = hex::pasted(text).ok().filter(|_| !text.is_empty())?.len();
    let word = if got == 1 { "byte" } else { "bytes" };
    if lengths.is_empty() || lengths.contains(&got) {
        return Some(format!("{got} {word}"));
    }
    let next = lengths.iter().filter(|length| **length > got).min();
    let wanted = next.or(lengths.iter().max())?;
    Some(format!("{got} of {wanted} bytes"))
}

/// Fills in a key of the table without showing it.
fn keys(
    bench: &Workbench,
    topic: &Topic,
    (field, lengths): (&Field, &[usize]),
    page: &mut Page,
    ui: &mut Ui,
) {
    let all = bench.keyring().keys.iter();
    let fits = |key: &&KeyEntry| lengths.is_empty() || lengths.contains(&key.value.expose().len());
    let fitting: Vec<&KeyEntry> = all.filter(fits).collect();
    let can = if fitting.is_empty() {
        Err("Off, the key table has no key of this length")
    } else {
        Ok(())
    };
    let name = format!("Key of the table for {}", field.label);
    let button = widgets::icon_button_if(ui, Icon::Key, &name, can);
    if can.is_err() {
        return;
    }
    egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(160.0);
        for key in fitting {
            let scope = match key.scope {
                crate::keyring::Scope::Any => "any".to_owned(),
                crate::keyring::Scope::Application(aid) => bench.aid_text(aid),
            };
            let text = format!("{}, {scope}", key.label);
            if ui.button(text).clicked() {
                page.set(field.name, hex::upper(key.value.expose()));
                if let Some(kind) = type_field(topic, key) {
                    page.set(kind.name, key.key_type.name().to_owned());
                }
            }
        }
    });
}

/// The input that names the cipher of a key, when this key's is among its choices.
fn type_field(topic: &Topic, key: &KeyEntry) -> Option<&'static Field> {
    let named = topic.field("type")?;
    match &named.kind {
        Kind::Choice(choices) => {
            let own = |choice: &Choice| choice.value == key.key_type.name();
            choices.iter().any(own).then_some(named)
        }
        _ => None,
    }
}

fn one_line(
    field: &Field,
    page: &mut Page,
    held: bool,
    (label, slips): (&Response, &[Slip]),
    ui: &mut Ui,
) {
    let mut text = page.text(field.name).to_owned();
    let hint = match field.need {
        Need::Default(text) => text,
        Need::Optional => "can be left out",
        Need::Always => "",
    };
    // A URL is long and has to be seen as a whole.
    let wraps = matches!(field.kind, Kind::Text) && !field.secret;
    let edit = if wraps {
        TextEdit::multiline(&mut text)
            .desired_rows(1)
            .return_key(None)
    } else {
        TextEdit::singleline(&mut text).password(field.secret && !held)
    };
    let edit = edit
        .id(ui.scope_id().with("input"))
        .font(theme::mono())
        .hint_text(RichText::new(hint).color(Palette::of(ui).t3))
        .desired_width(f32::INFINITY);
    let response = ui.add(edit).labelled_by(label.id).on_hover_text(field.help);
    outline(ui, &response, slips);
    if response.changed() {
        page.set(field.name, text);
    }
}

fn outline(ui: &Ui, response: &Response, slips: &[Slip]) {
    let refused = slips.iter().find(|slip| slip.weight == Weight::Refused);
    let Some(slip) = refused.or(slips.first()) else {
        widgets::outline(ui, response);
        return;
    };
    let stroke = Stroke::new(1.0, weight_color(ui, slip.weight));
    ui.painter()
        .rect_stroke(response.rect, 4.0, stroke, StrokeKind::Inside);
}

fn flag(field: &Field, page: &mut Page, ui: &mut Ui) {
    let mut set = field.text(page.texts()) == Some("true");
    let check = ui.checkbox(&mut set, field.label);
    if check.on_hover_text(field.help).changed() {
        page.set(field.name, if set { "true" } else { "false" }.to_owned());
    }
}

fn choice(field: &Field, choices: &'static [Choice], page: &mut Page, ui: &mut Ui) {
    let chosen = field.text(page.texts()).unwrap_or_default().to_owned();
    let picked = if choices.len() <= SEGMENTS && fits(ui, choices) {
        let all: Vec<(&str, &str)> = choices
            .iter()
            .map(|choice| (choice.value, choice.title))
            .collect();
        widgets::segment(ui, field.label, &all, &*chosen).map(str::to_owned)
    } else {
        let own = choices.iter().find(|choice| choice.value == chosen);
        let mut picked = None;
        let list = egui::ComboBox::from_id_salt(field.name)
            .selected_text(own.map_or("", |choice| choice.title))
            .width(ui.available_width().min(260.0))
            .show_ui(ui, |ui| {
                for choice in choices {
                    let line = ui.selectable_label(choice.value == chosen, choice.title);
                    if line.clicked() {
                        picked = Some(choice.value.to_owned());
                    }
                }
            });
        list.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, field.label)
        });
        picked
    };
    if let Some(value) = picked {
        page.set(field.name, value);
    }
}

/// Whether the choices fit side by side.
fn fits(ui: &Ui, choices: &[Choice]) -> bool {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let color = Palette::of(ui).t1;
    let padding = 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x;
    let widths = choices.iter().map(|choice| {
        let text = choice.title.to_owned();
        let galley = ui.painter().layout_no_wrap(text, font.clone(), color);
        galley.size().x + padding
    });
    widths.sum::<f32>() <= ui.available_width()
}

/// Several lines with their numbers; a line that a sentence names is marked.
fn lines(field: &Field, page: &mut Page, (label, slips): (&Response, &[Slip]), ui: &mut Ui) {
    let mut text = page.text(field.name).to_owned();
    let id = ui.scope_id().with("input");
    let count = text.split('\n').count().clamp(4, 14);
    let palette = Palette::of(ui);
    ui.horizontal_top(|ui| {
        let mut numbers = egui::text::LayoutJob::default();
        for place in 1..=text.split('\n').count() {
            let own = slips.iter().find(|slip| line_of(slip) == Some(place));
            let color = own.map_or(palette.t3, |slip| weight_color(ui, slip.weight));
            let format = egui::TextFormat::simple(theme::mono(), color);
            numbers.append(&format!("{place:>2}\n"), 0.0, format);
        }
        ui.vertical(|ui| {
            ui.add_space(2.0);
            ui.label(numbers);
        });
        // Lines stay lines: their numbers stand beside them.
        let mut unwrapped = |ui: &Ui, text: &dyn egui::TextBuffer, _: f32| {
            let text = text.as_str().to_owned();
            let job = egui::text::LayoutJob::simple(
                text,
                theme::mono(),
                Palette::of(ui).t1,
                f32::INFINITY,
            );
            ui.painter().layout_job(job)
        };
        egui::ScrollArea::horizontal()
            .id_salt("lines")
            .show(ui, |ui| {
                let edit = TextEdit::multiline(&mut text)
                    .id(id)
                    .font(theme::mono())
                    .desired_rows(count)
                    .desired_width(f32::INFINITY)
                    .layouter(&mut unwrapped);
                let response = ui.add(edit).labelled_by(label.id);
                outline(ui, &response, slips);
                if response.changed() {
                    page.set(field.name, text);
                }
            });
    });
}

/// The line that a sentence such as `Line 3: …` is about.
fn line_of(slip: &Slip) -> Option<usize> {
    let words = slip.text.strip_prefix("Line ")?;
    let digits: String = words.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_names_what_is_missing() {
        let field = |lengths| Field::new("key", "Key", Kind::Bytes(lengths), "");
        let some = field(&[8, 16]);
        assert_eq!(length(&some, "0011").as_deref(), Some("2 of 8 bytes"));
        assert_eq!(
            length(&some, &"00".repeat(9)).as_deref(),
            Some("9 of 16 bytes")
        );
        assert_eq!(
            length(&some, &"00".repeat(17)).as_deref(),
            Some("17 of 16 bytes")
        );
        assert_eq!(length(&some, &"00".repeat(8)).as_deref(), Some("8 bytes"));
        assert_eq!(length(&field(&[]), "AB").as_deref(), Some("1 byte"));
        assert_eq!(length(&some, "xyz"), None);
    }

    #[test]
    fn a_sentence_names_its_line() {
        assert_eq!(
            line_of(&Slip::refused("ops", "Line 12: no command")),
            Some(12)
        );
        assert_eq!(line_of(&Slip::refused("ops", "12 lines")), None);
    }
}
