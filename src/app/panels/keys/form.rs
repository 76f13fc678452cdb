//! The form for a new or changed key.

use eframe::egui::{self, RichText, Ui};

use crate::app::dialogs;
use crate::app::drafts::KeyDraft;
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::diversify::Rule;
use crate::keyring::{Diversification, KeyEntry, OtherUse, Scope, Template, Use};
use crate::workbench::{Action, Workbench};

/// The form with an entry of the table in it.
pub(super) fn edit(bench: &Workbench, index: usize, key: &KeyEntry) -> KeyDraft {
    let aid = match key.scope {
        Scope::Any => "*".into(),
        Scope::Application(aid) => bench.aid_text(aid),
    };
    let parts = key.diversification.parts();
    KeyDraft {
        open: true,
        editing: Some(index),
        label: key.label.clone(),
        aid,
        usage: key.usage,
        key_no: match key.key_no {
            KeyEntry::EVERY_KEY => "*".into(),
            key_no => key_no.to_string(),
        },
        key_set: key.key_set.to_string(),
        file_no: key
            .file_no
            .map_or_else(String::new, |file_no| format!("{file_no:02X}")),
        version: format!("{:02X}", key.version),
        value: hex::upper(key.value.expose()),
        key_type: key.key_type,
        rule: parts.map(|(rule, _)| rule),
        template: parts.map_or_else(String::new, |(_, template)| template.text()),
        selected: Some(index),
        focused: false,
    }
}

/// Draws the form.
pub(super) fn form_ui(
    bench: &Workbench,
    draft: &mut KeyDraft,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let title = if draft.editing.is_some() {
        "Edit key"
    } else {
        "Add key"
    };
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        *draft = KeyDraft::default();
        return;
    }
    dialogs::window(ui, title, |ui| {
        egui::Grid::new("key form")
            .num_columns(2)
            .spacing([12.0, 6.0])
            .show(ui, |ui| inputs(draft, ui));
        let parsed = parse(bench, draft);
        let complaint = parsed
            .as_ref()
            .err()
            .filter(|_| !draft.value.is_empty() || !draft.aid.is_empty());
        if let Some(why) = complaint {
            widgets::complaint(ui, why);
        }
        ui.horizontal(|ui| {
            let can = parsed
                .as_ref()
                .map(|_| ())
                .map_err(|_| "Off, the form is not complete");
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

/// The inputs of the form, each after its name.
fn inputs(draft: &mut KeyDraft, ui: &mut Ui) {
    widgets::section(ui, "Label");
    let first = widgets::field(ui, "Label", &mut draft.label, "top-up", WIDTH);
    if !std::mem::replace(&mut draft.focused, true) {
        first.request_focus();
    }
    ui.end_row();
    widgets::section(ui, "Application");
    let hint = "014499, or * for any";
    widgets::field(ui, "Key application", &mut draft.aid, hint, WIDTH)
        .on_hover_text("000000 is the PICC level");
    ui.end_row();
    widgets::section(ui, "Use");
    let uses = Use::ALL.map(|usage| (usage, use_name(usage)));
    choose(ui, "Key use", &mut draft.usage, &uses);
    ui.end_row();
    widgets::section(ui, "Key number");
    ui.horizontal(|ui| {
        widgets::field(ui, "Number of the key", &mut draft.key_no, "3", 44.0);
        widgets::section(ui, "Key set");
        widgets::field(ui, "Key set", &mut draft.key_set, "0", 44.0)
            .on_hover_text("0 is the active set");
        widgets::section(ui, "Version");
        widgets::field(ui, "Key version", &mut draft.version, "00", 44.0)
            .on_hover_text("Hexadecimal");
    });
    ui.end_row();
    if draft.usage != Use::Auth {
        widgets::section(ui, "File number");
        widgets::field(ui, "File of the key", &mut draft.file_no, "0F", 44.0)
            .on_hover_text("Hexadecimal; empty for any file of the application");
        ui.end_row();
    }
    widgets::section(ui, "Type");
    choose(ui, "Key type", &mut draft.key_type, &TYPES);
    ui.end_row();
    widgets::section(ui, "Value");
    let value = egui::TextEdit::singleline(&mut draft.value)
        .password(true)
        .font(theme::mono())
        .hint_text(RichText::new(draft.key_type.lengths()).color(Palette::of(ui).t3))
        .desired_width(WIDTH);
    let value = ui.add(value);
    widgets::outline(ui, &value);
    value.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::PasswordInput, true, "Key value")
    });
    ui.end_row();
    widgets::section(ui, "Diversified by");
    let rules = [
        None,
        Some(Rule::An10922),
        Some(Rule::AesCmac),
        Some(Rule::BoltCard),
    ];
    let rules = rules.map(|rule| {
        (
            rule,
            rule.map_or("nothing, the value is the key", Rule::title),
        )
    });
    choose(ui, "Diversification rule", &mut draft.rule, &rules);
    ui.end_row();
    if draft.rule.is_some() {
        widgets::section(ui, "From");
        let hint = "{uid}{aid}4E585020";
        widgets::field(
            ui,
            "Diversification input",
            &mut draft.template,
            hint,
            WIDTH,
        )
        .on_hover_text(text::TEMPLATE_HELP);
        ui.end_row();
    }
}

/// One of a few values by name.
fn choose<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, all: &[(T, &str)]) {
    let shown = all.iter().find(|(own, _)| own == value);
    let list = egui::ComboBox::from_id_salt(name)
        .selected_text(shown.map_or("", |(_, name)| *name))
        .width(180.0)
        .show_ui(ui, |ui| {
            for (own, title) in all {
                ui.selectable_value(value, *own, *title);
            }
        });
    list.response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, name));
}

/// What a key is for, in words.
const fn use_name(usage: Use) -> &'static str {
    match usage {
        Use::Auth => "authentication",
        Use::Tmac => "transaction MAC",
        Use::Other(OtherUse::SdmMeta) => "SDM PICC data",
        Use::Other(OtherUse::SdmFile) => "SDM file data and MAC",
        Use::Other(OtherUse::Dam) => "delegated applications",
    }
}

/// Types of keys, as the form names them.
const TYPES: [(KeyType, &str); 4] = [
    (KeyType::Aes128, "AES-128"),
    (KeyType::Des, "DES"),
    (KeyType::TwoKey3Des, "2K3DES"),
    (KeyType::ThreeKey3Des, "3K3DES"),
];
const WIDTH: f32 = 280.0;

fn parse(bench: &Workbench, draft: &KeyDraft) -> Result<KeyEntry, String> {
    let scope = match draft.aid.trim() {
        "*" => Scope::Any,
        text => {
            let aid = bench.settings().aid_order.parse(text);
            Scope::Application(aid.map_err(|error| format!("Application: {error}"))?)
        }
    };
    let key_no = match draft.key_no.trim() {
        "*" => KeyEntry::EVERY_KEY,
        _ => decimal("Key number", &draft.key_no, 63)?,
    };
    let value = hex::parse(&draft.value).map_err(|error| format!("Key value: {error}"))?;
    let kind = draft.key_type;
    if !kind.accepts(value.len()) {
        let (lengths, got) = (kind.lengths(), value.len());
        return Err(format!("Key value has {got} bytes, {lengths} expected"));
    }
    let diversification = diversification(draft)?;
    let file_no = match draft.file_no.trim() {
        "" => None,
        text => Some(byte("File number", text)?),
    };
    let key_set = decimal("Key set", &draft.key_set, 15)?;
    let version = match draft.version.trim() {
        "" => 0,
        text => byte("Version", text)?,
    };
    let label = if draft.label.trim().is_empty() {
        format!("key {key_no}")
    } else {
        draft.label.trim().to_owned()
    };
    Ok(KeyEntry {
        label,
        scope,
        key_no,
        key_set,
        usage: draft.usage,
        file_no: file_no.filter(|_| draft.usage != Use::Auth),
        key_type: kind,
        version,
        value: Secret::new(value),
        diversification,
    })
}

fn diversification(draft: &KeyDraft) -> Result<Diversification, String> {
    let Some(rule) = draft.rule else {
        return Ok(Diversification::None);
    };
    if !rule.knows(draft.key_type) {
        let (title, types) = (rule.title(), rule.key_types());
        return Err(format!(
            "Diversification: {title} goes with keys of type {types}"
        ));
    }
    let text = draft.template.trim();
    if text.is_empty() {
        return Err("Diversification input is empty, such as {uid}{aid}4E585020 expected".into());
    }
    let template = Template::parse(text);
    let template = template.map_err(|error| format!("Diversification input: {error}"))?;
    Ok(Diversification::by(rule, template))
}

fn decimal(name: &str, text: &str, most: u8) -> Result<u8, String> {
    let number = text
        .trim()
        .parse::<u8>()
        .ok()
        .filter(|number| *number <= most);
    number.ok_or_else(|| format!("{name} is {text:?}, 0 to {most} expected"))
}

fn byte(name: &str, text: &str) -> Result<u8, String> {
    let number = u8::from_str_radix(text, 16).ok();
    number.ok_or_else(|| format!("{name} is {text:?}, two hexadecimal digits expected"))
}
