//! Long work in the status bar: told after a while, cancelled, gone on with.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::{App, Executor, Home, apply_theme};
use tapscope::workbench::Action;

use crate::scene::press;
use crate::support::desk::Desk;

fn has(window: &Harness<'_, App>, text: &str) -> bool {
    window.query_by_label_contains(text).is_some()
}

/// A window in which decoding has begun, 50 ms a frame.
fn decoding() -> Harness<'static, App> {
    let mut desk = Desk::topped_up();
    let held = desk.bench.apply(Action::RemoveKey(0));
    assert_eq!(held.len(), 1, "the work that nobody does");
    let Desk { bench, inline, .. } = desk;
    let app = App::new(bench, Vec::new(), Executor::Inline(inline), Home::default());
    Harness::builder()
        .with_size([1280.0, 720.0])
        .with_step_dt(0.05)
        .with_context_setup(apply_theme)
        .build_eframe(|_| app)
}

#[test]
fn work_is_told_after_a_while_cancelled_and_gone_on_with() {
    let mut window = decoding();
    assert!(!has(&window, "Decoding"), "not at once");
    for _ in 0..6 {
        window.step();
    }
    assert!(has(&window, "Decoding"));
    press(&mut window, "Cancel");
    assert!(!has(&window, "Decoding"));
    assert!(has(&window, "Decoded with earlier keys"));
    press(&mut window, "Decode again");
    assert!(!has(&window, "Decoded with earlier keys"));
    assert!(!window.state().bench().is_stale());
}

#[test]
fn nothing_is_told_and_nothing_drawn_again_while_nothing_runs() {
    let mut desk = Desk::topped_up();
    desk.act(Action::RemoveKey(0));
    let window = crate::scene::window(desk);
    for text in ["Decoding", "Decoded with earlier keys", "Decode again"] {
        assert!(!has(&window, text), "{text}");
    }
    let ctx = &window.ctx;
    assert!(!ctx.has_requested_repaint(), "an idle window sleeps");
}
