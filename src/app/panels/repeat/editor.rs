//! The command to be typed: mode, fields, and the bytes of header and data.

use eframe::egui::{self, Align2, RichText, Sense, Ui, vec2};

use crate::apdu::Family;
use crate::app::repeats::{DATA, HEADER, P1P2, RepeatDraft};
use crate::app::theme::{Palette, ROW};
use crate::app::widgets;
use crate::bytes::hex;
use crate::card::CommMode;
use crate::report::capital;
use crate::workbench::{EditField, Repeat, Workbench};

/// Width of the names.
const NAMES: f32 = 92.0;

const MODES: [(CommMode, &str); 3] = [
    (CommMode::Plain, "Plain"),
    (CommMode::Mac, "MAC"),
    (CommMode::Full, "Full"),
];

/// The edited command, when header, data and every field are what they should be.
pub(super) fn complete(
    draft: &RepeatDraft,
    base: &Repeat,
    bench: &Workbench,
) -> Result<Repeat, String> {
    let repeat = draft.repeat(base)?;
    for (place, typed) in &draft.typed {
        with_field(&repeat, *place, typed, bench)?;
    }
    repeat.can_go()?;
    Ok(repeat)
}

pub(super) fn editor_ui(draft: &mut RepeatDraft, base: &Repeat, bench: &Workbench, ui: &mut Ui) {
    ui.add_space(4.0);
    if base.frame.family == Family::Desfire {
        line(ui, "Mode", |ui| {
            if let Some(mode) = widgets::segment(ui, "Mode", &MODES, draft.mode) {
                draft.mode = mode;
            }
        });
    }
    if let Ok(now) = draft.repeat(base) {
        fields(draft, &now, bench, ui);
    }
    let ins = format!("Bytes after {:02X}", base.frame.ins);
    widgets::section(ui, &ins);
    let mut changed = false;
    if base.frame.family != Family::Desfire {
        changed |= bytes(ui, P1P2, &mut draft.p1p2, Some(2));
    }
    if base.frame.family == Family::Desfire {
        changed |= bytes(ui, HEADER, &mut draft.header, None);
        changed |= bytes(ui, DATA, &mut draft.data, None);
    } else {
        // Which of its bytes stand in clear matters to DESFire commands only.
        let mut all = draft.header.clone() + &draft.data;
        if bytes(ui, DATA, &mut all, None) {
            (draft.header, draft.data) = (String::new(), all);
            changed = true;
        }
    }
    if changed {
        draft.typed.clear();
    }
}

fn fields(draft: &mut RepeatDraft, now: &Repeat, bench: &Workbench, ui: &mut Ui) {
    for (place, field) in now.fields().into_iter().enumerate() {
        ui.push_id((field.name, place), |ui| {
            field_ui(draft, now, (place, &field), bench, ui);
        });
    }
}

/// The field at a place of the command.
fn field_ui(
    draft: &mut RepeatDraft,
    now: &Repeat,
    (place, field): (usize, &EditField),
    bench: &Workbench,
    ui: &mut Ui,
) {
    let shown = shown(field, bench);
    let mut text = draft.typed.get(&place).cloned().unwrap_or(shown);
    let (mut changed, mut typing) = (false, false);
    line(ui, field.name, |ui| {
        let room = ui.available_width();
        let width = if field.meaning.is_some() {
            room * 0.45
        } else {
            room
        };
        let name = format!("Field {}", field.name);
        let response = widgets::field(ui, &name, &mut text, "", width - 8.0);
        (changed, typing) = (response.changed(), response.has_focus());
        if let Some(meaning) = &field.meaning {
            let label = RichText::new(meaning).color(Palette::of(ui).t3);
            ui.add(egui::Label::new(label).truncate())
                .on_hover_text(meaning);
        }
    });
    let edited = with_field(now, place, &text, bench);
    if let Err(error) = &edited {
        widgets::complaint(ui, error);
    }
    if changed {
        if let Ok(edited) = &edited {
            draft.set(&edited.frame);
        }
        draft.typed.insert(place, text);
    } else if edited.is_ok() && !typing {
        draft.typed.remove(&place);
    }
}

/// The value of a field as it is typed; an AID as the settings want it printed.
fn shown(field: &EditField, bench: &Workbench) -> String {
    let aid = field.text.parse().ok().filter(|_| field.name == "AID");
    aid.map_or_else(|| field.text.clone(), |aid| bench.aid_text(aid))
}

fn with_field(
    repeat: &Repeat,
    place: usize,
    typed: &str,
    bench: &Workbench,
) -> Result<Repeat, String> {
    let is_aid = repeat
        .fields()
        .get(place)
        .is_some_and(|field| field.name == "AID");
    let aid = bench.settings().aid_order.parse(typed).ok();
    match aid.filter(|_| is_aid) {
        Some(aid) => repeat.with_field(place, &aid.to_string()),
        None => repeat.with_field(place, typed),
    }
}

/// Bytes in hexadecimal with what is wrong with them; whether they were changed.
fn bytes(ui: &mut Ui, name: &str, text: &mut String, len: Option<usize>) -> bool {
    let mut changed = false;
    line(ui, name, |ui| {
        let width = ui.available_width() - 8.0;
        let response = widgets::field(ui, &format!("{name} bytes"), text, "none", width);
        changed = response.changed();
    });
    match (hex::parse(text), len) {
        (Err(error), _) => widgets::complaint(ui, &capital(&error.to_string())),
        (Ok(bytes), Some(len)) if bytes.len() != len => {
            widgets::complaint(ui, &format!("{} bytes, {len} expected", bytes.len()));
        }
        _ => {}
    }
    changed
}

/// A line with a name before its contents. Its identity is its name: lines come and go above a field being typed in.
fn line(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    ui.push_id(name, |ui| {
        ui.horizontal(|ui| {
            let (place, _) = ui.allocate_exact_size(vec2(NAMES, ROW), Sense::hover());
            let body = egui::TextStyle::Body.resolve(ui.style());
            let color = Palette::of(ui).t2;
            ui.painter().with_clip_rect(place).text(
                place.left_center(),
                Align2::LEFT_CENTER,
                name,
                body,
                color,
            );
            contents(ui);
        });
    });
}
