//! The key store: its state and buttons, and the form that asks for file and passphrase.

use std::path::PathBuf;

use eframe::egui::{self, RichText, TextEdit, Ui};

use crate::app::dialogs;
use crate::app::drafts::{Drafts, StoreDraft, StoreWish};
use crate::app::theme::Palette;
use crate::app::{text, widgets};
use crate::crypto::vault::Passphrase;
use crate::workbench::{Action, Setting, Workbench};

/// Minutes that can be chosen for locking by itself.
const MINUTES: [(u32, &str); 4] = [(5, "5 min"), (15, "15 min"), (60, "1 h"), (0, "never")];

/// What the store is, and what can be done with it.
pub(super) fn store_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    ui.add_space(4.0);
    ui.separator();
    widgets::section(ui, "Key store");
    let Some(store) = bench.key_store() else {
        ui.label(RichText::new(text::NO_STORE).color(palette.t2));
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, "Make a key store…", bench.can_make_store()).clicked() {
                drafts.store = Some(StoreDraft::new(StoreWish::Make));
            }
            if widgets::button(ui, "Open a key store…", Ok(())).clicked() {
                drafts.store = Some(StoreDraft::new(StoreWish::Open));
            }
        });
        return;
    };
    let state = match (store.is_locked(), store.is_changed()) {
        (true, false) => "locked",
        (true, true) => "locked, with changes that are not saved",
        (false, true) => "open, with changes that are not saved",
        (false, false) => "open",
    };
    let name = format!("{} is {state}", store.name());
    ui.label(RichText::new(name).color(palette.t1))
        .on_hover_text(store.path().display().to_string());
    ui.horizontal_wrapped(|ui| {
        if store.is_locked() {
            if widgets::button(ui, "Unlock…", Ok(())).clicked() {
                let mut draft = StoreDraft::new(StoreWish::Unlock);
                draft.path = store.path().display().to_string();
                drafts.store = Some(draft);
            }
        } else {
            if widgets::button(ui, "Lock", bench.can_lock_store()).clicked() {
                actions.push(Action::LockStore);
            }
            if widgets::button(ui, "Save keys", bench.can_save_store()).clicked() {
                let (path, passphrase) = (None, None);
                actions.push(Action::SaveStore { path, passphrase });
            }
        }
        let close = widgets::button(ui, "Forget the store", bench.can_leave_store());
        if close.on_hover_text(text::FORGET_STORE).clicked() {
            actions.push(Action::CloseStore);
        }
    });
    ui.horizontal_wrapped(|ui| {
        widgets::section(ui, "Locks by itself after");
        let now = bench.settings().lock_after_minutes;
        if let Some(minutes) = widgets::segment(ui, "Lock after", &MINUTES, now) {
            actions.push(Action::Set(Setting::LockAfterMinutes(minutes)));
        }
    });
}

/// Asks for the file and the passphrase.
pub(super) fn form_ui(drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &Ui) {
    let Some(draft) = &mut drafts.store else {
        return;
    };
    let (title, button) = match draft.wish {
        StoreWish::Make => ("Make a key store", "Put the keys under the passphrase"),
        StoreWish::Open => ("Open a key store", "Open the store"),
        StoreWish::Unlock => ("Unlock the key store", "Unlock the store"),
    };
    let mut close = ui.input(|input| input.key_pressed(egui::Key::Escape));
    dialogs::window(ui, title, |ui| {
        egui::Grid::new("store form")
            .num_columns(2)
            .spacing([12.0, 6.0])
            .show(ui, |ui| {
                inputs(draft, ui);
            });
        if draft.wish == StoreWish::Make {
            ui.label(RichText::new(text::STORE_WARNING).color(Palette::of(ui).refusal));
        }
        let can = draft.can();
        ui.horizontal(|ui| {
            let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
            let pressed = widgets::primary_button(ui, button, can).clicked();
            if (pressed || enter) && can.is_ok() {
                actions.push(wish(draft));
                close = true;
            }
            close |= widgets::button(ui, "Cancel", Ok(())).clicked();
        });
    });
    if close {
        drafts.store = None;
    }
}

fn inputs(draft: &mut StoreDraft, ui: &mut Ui) {
    if draft.wish != StoreWish::Unlock {
        widgets::section(ui, "File");
        let path = widgets::field(
            ui,
            "Key store file",
            &mut draft.path,
            "/home/…/keys.tapkeys",
            300.0,
        );
        if !std::mem::replace(&mut draft.focused, true) {
            path.request_focus();
        }
        ui.end_row();
    }
    widgets::section(ui, "Passphrase");
    let first = secret(ui, "Passphrase", &mut draft.passphrase);
    if !std::mem::replace(&mut draft.focused, true) {
        first.request_focus();
    }
    ui.end_row();
    if draft.wish == StoreWish::Make {
        widgets::section(ui, "Once more");
        secret(ui, "Passphrase once more", &mut draft.again);
        ui.end_row();
    }
}

fn secret(ui: &mut Ui, name: &str, text: &mut String) -> egui::Response {
    let field = ui.add(
        TextEdit::singleline(text)
            .password(true)
            .desired_width(300.0),
    );
    widgets::outline(ui, &field);
    field.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::PasswordInput, true, name)
    });
    field
}

/// The action of a complete form.
fn wish(draft: &mut StoreDraft) -> Action {
    let path = PathBuf::from(draft.path.trim());
    let passphrase = Passphrase::new(std::mem::take(&mut *draft.passphrase));
    match draft.wish {
        StoreWish::Make => Action::SaveStore {
            path: Some(path),
            passphrase: Some(passphrase),
        },
        StoreWish::Open | StoreWish::Unlock => Action::OpenStore { path, passphrase },
    }
}
