//! A panel or the window in a harness, and how a person finds things in it.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{App, Drafts, Executor, Home, Panel, apply_theme, panel_actions_ui, panel_ui};
use tapscope::workbench::{Action, Workbench};

use crate::support::desk::Desk;

/// Tall enough that no panel scrolls.
pub(crate) const TALL: (f32, f32) = (900.0, 1600.0);

/// Ctrl as a keyboard reports it.
pub(crate) const CTRL: Modifiers = Modifiers {
    ctrl: true,
    command: true,
    ..Modifiers::NONE
};

/// Ctrl and Shift.
pub(crate) const CTRL_SHIFT: Modifiers = Modifiers {
    shift: true,
    ..CTRL
};

/// One panel over a model, and what it pushed.
pub(crate) struct Shown {
    pub(crate) panel: Panel,
    pub(crate) bench: Workbench,
    pub(crate) drafts: Drafts,
    pub(crate) actions: Vec<Action>,
}

/// A panel in a harness.
pub(crate) type Scene = Harness<'static, Shown>;

/// Shows a panel; the settings of the model decide nothing here.
pub(crate) fn show(panel: Panel, desk: &Desk, (width, height): (f32, f32), theme: Theme) -> Scene {
    let shown = Shown {
        panel,
        bench: desk.bench.clone(),
        drafts: Drafts {
            amount: "10.00".into(),
            ..Drafts::default()
        },
        actions: Vec::new(),
    };
    let mut scene = Harness::builder()
        .with_size([width, height])
        .with_theme(theme)
        .with_context_setup(apply_theme)
        .build_ui_state(
            |ui, shown: &mut Shown| {
                let Shown {
                    panel,
                    bench,
                    drafts,
                    actions,
                } = shown;
                let fill = ui.visuals().panel_fill;
                ui.painter().rect_filled(ui.max_rect(), 0.0, fill);
                // The tab bar is the window's; what stands in it belongs to the panel.
                if matches!(panel, Panel::Readers | Panel::Keys) {
                    ui.horizontal(|ui| panel_actions_ui(*panel, bench, drafts, actions, ui));
                }
                panel_ui(*panel, bench, drafts, actions, ui);
            },
            shown,
        );
    scene.run();
    scene
}

/// A panel as most tests want it.
pub(crate) fn tall(panel: Panel, desk: &Desk) -> Scene {
    show(panel, desk, TALL, Theme::Dark)
}

/// The whole window over a desk, with everything carried out at once.
pub(crate) fn window(desk: Desk) -> Harness<'static, App> {
    window_of(desk, (1280.0, 720.0))
}

/// The whole window in a size.
pub(crate) fn window_of(desk: Desk, (width, height): (f32, f32)) -> Harness<'static, App> {
    let Desk { bench, inline, .. } = desk;
    let app = App::new(bench, Vec::new(), Executor::Inline(inline), Home::default());
    let mut window = Harness::builder()
        .with_size([width, height])
        .with_context_setup(apply_theme)
        .build_eframe(|_| app);
    window.run();
    window
}

/// Clicks what has this role and exactly this name.
pub(crate) fn click<S>(harness: &mut Harness<'_, S>, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click();
    harness.run();
}

/// Clicks a button.
pub(crate) fn press<S>(harness: &mut Harness<'_, S>, name: &str) {
    click(harness, Role::Button, name);
}

/// Replaces the text of a field.
pub(crate) fn fill<S>(harness: &mut Harness<'_, S>, name: &str, text: &str) {
    harness.get_by(|node| is_field(node, name)).focus();
    harness.run();
    harness.key_press_modifiers(CTRL, Key::A);
    harness.key_press(Key::Delete);
    harness.run();
    write(harness, text);
}

/// Types where the focus is.
pub(crate) fn write<S>(harness: &mut Harness<'_, S>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

/// A key, alone or with others.
pub(crate) fn key<S>(harness: &mut Harness<'_, S>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run();
}

fn is_field(node: &egui_kittest::kittest::AccessKitNode<'_>, name: &str) -> bool {
    let inputs = [Role::TextInput, Role::PasswordInput];
    inputs.contains(&node.role()) && node.label().as_deref() == Some(name)
}

/// Where a field is.
pub(crate) fn field_rect<S>(harness: &Harness<'_, S>, name: &str) -> eframe::egui::Rect {
    harness.get_by(|node| is_field(node, name)).rect()
}

/// Whether a button is off.
pub(crate) fn is_off<S>(harness: &Harness<'_, S>, name: &str) -> bool {
    let button = harness.get_by_role_and_label(Role::Button, name);
    button.accesskit_node().is_disabled()
}

impl Shown {
    /// What was pushed since the last call.
    pub(crate) fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }
}
