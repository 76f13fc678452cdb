//! A long trace: its last row is reached by the wheel in small steps, by End and by the scroll bar.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, Rect, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::App;
use tapscope::trace::EventKind;
use tapscope::workbench::{Action, Report, ReportKind};

use crate::scene::{key, window};
use crate::support::desk::Desk;

/// Enough that an offset in pixels loses half a pixel; the arithmetic itself is tested with millions.
const ROWS: usize = 120_000;

/// A window over one recorded exchange, again and again, with the list at its first row.
fn long() -> Harness<'static, App> {
    let mut desk = Desk::new();
    desk.act(Action::SendRaw(vec![
        0x90, 0x5A, 0x00, 0x00, 0x03, 0x99, 0x44, 0x01, 0x00,
    ]));
    let events = desk.bench.log().events().to_vec();
    assert!(matches!(events[1].kind, EventKind::Response(_)));
    for event in events.iter().cycle().take(2 * (ROWS - 1)) {
        desk.bench.absorb(Report {
            worker: 0,
            kind: ReportKind::Event(event.clone()),
        });
    }
    desk.play([Action::SelectRow(Some(0)), Action::Follow(false)]);
    assert_eq!(desk.bench.rows().len(), ROWS);
    window(desk)
}

/// Numbers and places of the rows that are drawn.
fn drawn(window: &Harness<'_, App>) -> Vec<(usize, Rect)> {
    let rows = window.query_all_by(|node| node.role() == Role::ListBoxOption);
    let numbered = rows.filter_map(|node| {
        let label = node.accesskit_node().label()?;
        let number = label.strip_suffix(" SelectApplication 9100 plain")?;
        Some((number.parse().ok()?, node.rect()))
    });
    numbered.collect()
}

/// The last row is drawn, whole, and within the list.
fn assert_at_end(window: &Harness<'_, App>) {
    let list = window
        .get_by_role_and_label(Role::ListBox, "Exchanges")
        .rect();
    let (number, rect) = *drawn(window).last().expect("rows");
    assert_eq!(number, ROWS - 1);
    assert!(list.contains_rect(rect), "{rect:?} in {list:?}");
}

fn wheel(window: &mut Harness<'_, App>, by: f32) {
    let list = window
        .get_by_role_and_label(Role::ListBox, "Exchanges")
        .rect();
    window.hover_at(list.center());
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, -by),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.run();
}

#[test]
fn the_last_row_is_reached_by_key_wheel_and_bar() {
    let mut window = long();
    assert_eq!(drawn(&window)[0].0, 0);
    let fits = drawn(&window).len() - 1;

    window
        .get_by_role_and_label(Role::ListBox, "Exchanges")
        .focus();
    window.run();
    key(&mut window, Modifiers::NONE, Key::End);
    assert_eq!(window.state().bench().selected(), Some(ROWS - 1));
    assert_at_end(&window);
    key(&mut window, Modifiers::NONE, Key::Home);
    assert_eq!(drawn(&window)[0].0, 0);

    // Near the end by the keyboard, the rest in steps of less than a pixel and of some.
    key(&mut window, Modifiers::NONE, Key::End);
    for _ in 0..fits + 2 {
        key(&mut window, Modifiers::NONE, Key::ArrowUp);
    }
    let start = drawn(&window)[0].0;
    assert!(start < ROWS - fits);
    let places = |window: &Harness<'_, App>| {
        let (number, rect) = drawn(window)[0];
        (number, -rect.top().round())
    };
    let mut before = places(&window);
    for step in [0.5, 0.5, 0.5, 3.0, 3.0, 3.0, 17.0, 17.0] {
        wheel(&mut window, step);
        let now = places(&window);
        assert!(now >= before, "{now:?} after {before:?}");
        before = now;
    }
    assert!(before.0 > start, "the small steps moved it");
    for _ in 0..6 {
        wheel(&mut window, 20.0);
    }
    assert_at_end(&window);

    let bar = window.get_by_role_and_label(Role::ScrollBar, "Scroll the trace");
    let bar = bar.rect();
    let drag = |window: &mut Harness<'_, App>, from: Vec2, to: Vec2| {
        window.hover_at(bar.min + from);
        window.drag_at(bar.min + from);
        window.run();
        window.hover_at(bar.min + to);
        window.run();
        window.drop_at(bar.min + to);
        window.run();
    };
    let (top, bottom) = (vec2(4.0, 2.0), vec2(4.0, bar.height() - 2.0));
    drag(&mut window, bottom, top);
    assert_eq!(drawn(&window)[0].0, 0);
    drag(&mut window, top, bottom);
    assert_at_end(&window);
}
