//! The session that a row belongs to: where it started, its counter, and its secrets, hidden until held.

use eframe::egui::{self, Rect, Sense, Ui, vec2};

use super::line::{Fold, Line, Lines, digits, value_left, words};
use crate::app::drafts::Drafts;
use crate::app::text;
use crate::bytes::hex;
use crate::crypto::Secret;
use crate::trace::{Derivation, SessionProof};

pub(super) fn session_ui(
    ui: &mut Ui,
    drafts: &mut Drafts,
    lines: &mut Lines,
    session: &SessionProof,
    selected: usize,
) {
    let own = session.keyed == Some(selected);
    let head = match session.started {
        Some(row) if row == selected => "starts in this row".to_owned(),
        Some(row) if own => format!("started in row {row}, renewed in this row"),
        Some(row) => format!("started in row {row}"),
        None => "given directly, its authentication was not recorded".to_owned(),
    };
    let line = Line {
        label: "Session".into(),
        name: "Session",
        value: words(ui, head),
        fold: Some(Fold {
            key: "Session",
            open: true,
        }),
        ..Line::default()
    };
    if !lines.add(ui, drafts, line) {
        return;
    }
    let mut fact = |ui: &mut Ui, name: &str, value, len| {
        let job: egui::text::LayoutJob = value;
        let line = Line {
            label: format!("{name} {}", job.text),
            name,
            value: job,
            len,
            depth: 1,
            ..Line::default()
        };
        lines.add(ui, drafts, line);
    };
    let job = words(ui, channel(session.channel));
    fact(ui, "Channel", job, None);
    if let Some(key) = &session.key {
        let number = key.key_no.map(|number| format!("{number} "));
        let job = words(ui, format!("{}{}", number.unwrap_or_default(), key.label));
        fact(ui, "Key", job, None);
    }
    if let Some(ti) = session.ti {
        let job = digits(ui, hex::upper(ti));
        fact(ui, "TI", job, Some(ti.len()));
    }
    let counter = match (session.before, session.after) {
        (Some(before), Some(after)) => Some(format!("{before} before, {after} after")),
        (Some(before), None) => Some(format!("{before} before")),
        (None, Some(after)) => Some(format!("{after} after")),
        (None, None) => None,
    };
    if let Some(counter) = counter {
        let job = words(ui, counter);
        fact(ui, "CmdCtr", job, Some(2));
    }
    let made = session.derivation.as_ref();
    if let Some(made) = made.filter(|_| own) {
        for (name, bytes) in [("PDcap2", made.pdcap2), ("PCDcap2", made.pcdcap2)] {
            if let Some(bytes) = bytes {
                let job = digits(ui, hex::upper(bytes));
                fact(ui, name, job, Some(bytes.len()));
            }
        }
        secret(ui, drafts, lines, ("RndA", &made.rnd_a), None);
        secret(ui, drafts, lines, ("RndB", &made.rnd_b), None);
    }
    if let Some(made) = made {
        vectors(ui, drafts, lines, made);
    }
    if let Some(enc) = &session.enc {
        secret(ui, drafts, lines, ("SesAuthENCKey", enc), None);
    }
    if let Some(mac) = &session.mac {
        secret(ui, drafts, lines, ("SesAuthMACKey", mac), None);
    }
    if let (Some(key), None) = (&session.session_key, made) {
        secret(ui, drafts, lines, (SESSION_KEY, key), None);
    }
}

/// The channel in words.
fn channel(name: &'static str) -> &'static str {
    match name {
        "d40" => "D40",
        "ev1-des" => "EV1, DES",
        "ev1-2k3des" => "EV1, 2K3DES",
        "ev1-3k3des" => "EV1, 3K3DES",
        "ev1-aes" => "EV1, AES",
        "ev2" => "EV2, AES",
        other => other,
    }
}

const SESSION_KEY: &str = "Session key";

/// The session vectors of EV2, the key of D40 and EV1, and what they are made of; holding one shows its parts too.
fn vectors(ui: &mut Ui, drafts: &mut Drafts, lines: &mut Lines, made: &Derivation) {
    for step in made.steps.iter().filter(|step| !step.parts.is_empty()) {
        let key = step.label;
        let fold = Fold { key, open: false };
        let held = secret(ui, drafts, lines, (step.label, &step.bytes), Some(fold));
        if !fold.is_open(drafts) {
            continue;
        }
        for part in &step.parts {
            let text = shown(&part.bytes, held);
            let line = Line {
                label: format!("{key} {} {text}", part.label),
                name: part.label,
                value: digits(ui, text),
                len: Some(part.bytes.expose().len()),
                depth: 2,
                hover: part.label.to_owned(),
                ..Line::default()
            };
            lines.add(ui, drafts, line);
        }
    }
}

/// A line whose value is only seen while its button is held; says whether it is.
fn secret(
    ui: &mut Ui,
    drafts: &mut Drafts,
    lines: &mut Lines,
    (name, value): (&'static str, &Secret),
    fold: Option<Fold>,
) -> bool {
    let rect = Lines::place(ui);
    let id = ui.scope_id().with(("hold", name));
    let hint = words(ui, "hidden, hold to show");
    // Laid over the value only: pressing it does not open a branch.
    let width = ui.painter().layout_job(hint.clone()).size().x + 4.0;
    let corner = egui::pos2(value_left(rect) - 2.0, rect.top());
    let button = Rect::from_min_size(corner, vec2(width, rect.height()));
    let before = ui.ctx().read_response(id);
    let held = before.is_some_and(|button| button.is_pointer_button_down_on());
    let text = shown(value, held);
    let line = Line {
        label: format!("{name} {text}"),
        name,
        value: if held { digits(ui, text) } else { hint },
        len: Some(value.expose().len()),
        depth: 1,
        fold,
        ..Line::default()
    };
    lines.add_at(ui, drafts, rect, line);
    let hold = ui.interact(button, id, Sense::click_and_drag());
    hold.widget_info(|| {
        let name = format!("{}: {name}", text::HOLD_TO_SHOW);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
    if hold.has_focus() {
        let accent = crate::app::theme::Palette::of(ui).accent;
        let stroke = egui::Stroke::new(1.0, accent);
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect_stroke(button, 4.0, stroke, inside);
    }
    held
}

fn shown(value: &Secret, held: bool) -> String {
    if held {
        hex::upper(value.expose())
    } else {
        "hidden".into()
    }
}
