//! The key table: values hidden until held.

use eframe::egui::{self, RichText, Sense, Ui};

use crate::app::commands::Command;
use crate::app::drafts::{Drafts, KeyDraft};
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::aes::AesKey;
use crate::keyring::{Diversification, KeyEntry, Scope, Template, Use};
use crate::workbench::{Action, Workbench};

pub(super) fn panel_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        for command in [Command::AddKey, Command::ImportKeys, Command::ExportKeys] {
            if widgets::button(ui, &command.name(), command.available(bench)).clicked() {
                command.perform(bench, drafts, actions);
            }
        }
    });
    if drafts.key.open {
        form(bench, &mut drafts.key, actions, ui);
    }
    let keys = &bench.keyring().keys;
    if keys.is_empty() {
        widgets::empty(ui, text::KEYS_EMPTY);
        return;
    }
    drafts.key.shown = None;
    egui::Grid::new("keys").num_columns(6).striped(false).spacing(egui::vec2(10.0, 2.0)).show(ui, |ui| {
        for head in ["Label", "Scope", "No", "KCV", "Fits", ""] {
            widgets::section(ui, head);
        }
        ui.end_row();
        for (index, key) in keys.iter().enumerate() {
            row(bench, index, key, drafts, actions, ui);
            ui.end_row();
        }
    });
    if let Some(key) = drafts.key.shown.and_then(|index| keys.get(index)) {
        let palette = Palette::of(ui);
        ui.label(RichText::new(format!("{}  {}", key.label, hex::upper(key.value.expose()))).font(theme::mono()).color(palette.t1));
    }
}

fn row(bench: &Workbench, index: usize, key: &KeyEntry, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let mono = |text: String| RichText::new(text).font(theme::mono()).color(palette.t2);
    let diversified = key.diversification != Diversification::None;
    let hint = if diversified { "Diversified per card with AN10922" } else { "The value is the key" };
    ui.label(RichText::new(&key.label).color(palette.t1)).on_hover_text(hint);
    ui.label(mono(match (key.scope, key.usage) {
        (_, Use::Tmac) => "TMAC".into(),
        (Scope::Any, _) => "any".into(),
        (Scope::Application(aid), _) if aid.is_picc() => "PICC".into(),
        (Scope::Application(aid), _) => aid.to_string(),
    }));
    ui.label(mono(key.key_no.to_string()));
    ui.label(mono(kcv(key))).on_hover_text("First 3 bytes of the cipher over a zero block");
    let fits = bench.rows().iter().filter(|row| row.is_authentication() && row.authentication.is_some());
    let fits = fits.filter(|row| row.key.as_ref().is_some_and(|used| *used.label == *key.label)).count();
    ui.label(mono(if fits == 0 { "–".into() } else { fits.to_string() })).on_hover_text("Authentications of the trace that this key fits");
    ui.horizontal(|ui| {
        let name = format!("{}: {}", text::HOLD_TO_SHOW, key.label);
        let (rect, held) = ui.allocate_exact_size(egui::Vec2::splat(20.0), Sense::click_and_drag());
        held.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &name));
        crate::app::icons::paint(ui, Icon::Key, rect.center(), if held.hovered() { palette.t1 } else { palette.t3 });
        if held.is_pointer_button_down_on() {
            drafts.key.shown = Some(index);
        }
        held.on_hover_text(text::HOLD_TO_SHOW);
        if ui.small_button("Edit").on_hover_text(format!("Edit {}", key.label)).clicked() {
            drafts.key = edit(index, key);
        }
        if widgets::icon_button(ui, Icon::Close, &format!("Remove {}", key.label)).clicked() {
            actions.push(Action::RemoveKey(index));
        }
    });
}

fn kcv(key: &KeyEntry) -> String {
    let Some(value) = key.value.aes128().filter(|_| key.key_type == KeyType::Aes128) else { return "–".into() };
    hex::upper(AesKey::new(&value).encrypt_block([0; 16]).first_chunk::<3>().copied().unwrap_or_default())
}

fn edit(index: usize, key: &KeyEntry) -> KeyDraft {
    let template = match &key.diversification {
        Diversification::None => String::new(),
        Diversification::An10922(template) => template.text(),
    };
    let aid = match key.scope {
        Scope::Any => "*".into(),
        Scope::Application(aid) => aid.to_string(),
    };
    KeyDraft {
        open: true,
        editing: Some(index),
        label: key.label.clone(),
        aid,
        key_no: key.key_no.to_string(),
        value: hex::upper(key.value.expose()),
        template,
        shown: None,
    }
}

fn form(bench: &Workbench, draft: &mut KeyDraft, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    egui::Frame::new().fill(palette.bg2).inner_margin(8).corner_radius(4).show(ui, |ui| {
        let title = if draft.editing.is_some() { "Edit key" } else { "Add key" };
        ui.label(RichText::new(title).font(theme::strong()).color(palette.t1));
        widgets::field(ui, "Label", &mut draft.label, "Label, such as top-up", 220.0);
        ui.horizontal(|ui| {
            widgets::field(ui, "Key application", &mut draft.aid, "014499 or *", 90.0);
            widgets::field(ui, "Number of the key", &mut draft.key_no, "Key number", 70.0);
        });
        ui.add(egui::TextEdit::singleline(&mut draft.value).password(true).font(theme::mono()).hint_text("AES-128 value, 32 digits").desired_width(260.0))
            .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::PasswordInput, true, "Key value"));
        widgets::field(ui, "Diversification input", &mut draft.template, "{uid}{aid}… or empty", 260.0);
        let parsed = parse(bench, draft);
        let complaint = parsed.as_ref().err().filter(|_| !draft.value.is_empty() || !draft.aid.is_empty());
        if let Some(why) = complaint {
            widgets::complaint(ui, why);
        }
        ui.horizontal(|ui| {
            let can = parsed.as_ref().map(|_| ()).map_err(|_| "Off, the form is not complete");
            if widgets::primary_button(ui, "Keep key", can).clicked()
                && let Ok(key) = parsed
            {
                actions.push(match draft.editing {
                    Some(index) => Action::EditKey { index, key },
                    None => Action::AddKey(key),
                });
                *draft = KeyDraft::default();
            }
            if widgets::button(ui, "Cancel", Ok(())).clicked() {
                *draft = KeyDraft::default();
            }
        });
    });
}

fn parse(bench: &Workbench, draft: &KeyDraft) -> Result<KeyEntry, String> {
    let scope = match draft.aid.trim() {
        "*" => Scope::Any,
        text => Scope::Application(text.parse().map_err(|error| format!("Application: {error}"))?),
    };
    let key_no = draft.key_no.trim().parse::<u8>().ok().filter(|number| *number < 64);
    let key_no = key_no.ok_or_else(|| format!("Key number is {:?}, 0 to 63 expected", draft.key_no))?;
    let value = hex::array::<16>(&draft.value).map_err(|error| format!("Key value: {error}"))?;
    let diversification = match draft.template.trim() {
        "" => Diversification::None,
        text => Diversification::An10922(Template::parse(text).map_err(|error| format!("Diversification input: {error}"))?),
    };
    let old = draft.editing.and_then(|index| bench.keyring().keys.get(index));
    let label = if draft.label.trim().is_empty() { format!("key {key_no}") } else { draft.label.trim().to_owned() };
    Ok(KeyEntry {
        label,
        scope,
        key_no,
        key_set: old.map_or(0, |old| old.key_set),
        usage: old.map_or(Use::Auth, |old| old.usage),
        file_no: old.and_then(|old| old.file_no),
        key_type: KeyType::Aes128,
        version: old.map_or(0, |old| old.version),
        value: Secret::new(value),
        diversification,
    })
}
