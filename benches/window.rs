//! The window's speed: figures N2 and N3, printed in one run by `cargo bench --bench window`.
//!
//! A top-up of seven exchanges is recorded once and repeated until the trace is long: every authentication is
//! tried against the demo keys, every exchange is decrypted and verified.
//!
//! * **open** (N2): the session file through the window's own model, from the path to the first rows, and to all of
//!   them. Reading and decoding are measured apart as well. The memory is what the process holds more than before,
//!   per exchange, beside the raw bytes.
//! * **filter** (N3): display filters over all rows.
//! * **frame** (N3): the whole window at 1280×720, layout and tessellation on the CPU, without a graphics card.
//!   *static*: nothing happens; *wheel*: two rows a frame; *jump*: another row is selected in each frame, so
//!   that list, fields and bytes are all new.
//!
//! Printed are medians and 99th percentiles of single frames by the clock, which other programs disturb, and the
//! processor's time for all frames together, per frame, where the system tells.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, Rect, TouchPhase, pos2,
    vec2,
};
use tapscope::app::{App, Executor, Home, apply_theme};
use tapscope::session::{self, Session};
use tapscope::trace::{self, EventKind};
use tapscope::workbench::worker_inline::Inline;
use tapscope::workbench::{Action, Effect, Settings, Workbench};

const SIZES: [usize; 2] = [100_000, 1_000_000];
const FRAMES: usize = 400;
/// Frames before anything is measured: fonts, sizes, hover.
const WARM_UP: usize = 30;

fn main() {
    for count in SIZES {
        println!("{count} exchanges");
        let mut window = opened(count);
        filters(&mut window);
        frames(window, count);
        println!();
    }
}

fn bench() -> (Workbench, Inline) {
    let (mut bench, start) = Workbench::new(Settings::default(), Some(1));
    let mut inline = Inline::default();
    inline.run_all(&mut bench, start);
    (bench, inline)
}

/// Display filters over all rows (N3): the whole walk, and the longest slice, which is what a frame waits for.
fn filters((bench, inline): &mut (Workbench, Inline)) {
    for text in [
        "cmd == Credit",
        "mode == full and status != 9100",
        "key == top-up and ctr > 1",
        "app == 014499 and file == 03 or verdict == wrong",
    ] {
        inline.apply(bench, Action::Filter(text.into()));
        let (mut whole, mut longest) = (Duration::ZERO, Duration::ZERO);
        loop {
            let mut more = false;
            let slice = time(|| more = bench.filter_step());
            whole += slice;
            longest = longest.max(slice);
            if !more {
                break;
            }
        }
        println!(
            "  filter    {:8.1} ms in slices of at most {:.1} ms, {} rows pass: {text}",
            whole.as_secs_f64() * 1e3,
            longest.as_secs_f64() * 1e3,
            bench.shown_len()
        );
    }
    inline.apply(bench, Action::Filter(String::new()));
}

/// The text of a session with at least `count` exchanges, and its raw bytes.
fn text(count: usize) -> (String, usize) {
    let (mut bench, mut inline) = bench();
    inline.apply(&mut bench, Action::TopUp { amount: 1000 });
    let rounds = count.div_ceil(bench.rows().len());
    let events = bench.log().events().to_vec();
    let raw = events.iter().map(|event| match &event.kind {
        EventKind::Command(bytes) | EventKind::Response(bytes) => bytes.len(),
        _ => 0,
    });
    let raw = raw.sum::<usize>() * rounds;
    let lines: Vec<String> = events.iter().map(session::event_line).collect();
    let round = lines.join(",\n");
    let whole = session::write(&Session::default());
    let (head, tail) = whole.split_once("\n]").unwrap();
    let mut text = String::with_capacity(head.len() + rounds * (round.len() + 2) + tail.len() + 2);
    text.push_str(head);
    for index in 0..rounds {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&round);
    }
    text.push_str("\n]");
    text.push_str(tail);
    (text, raw)
}

/// Opens a session of `count` exchanges in the model, and prints what that takes.
fn opened(count: usize) -> (Workbench, Inline) {
    let (text, raw) = text(count);
    let (mut bench, mut inline) = bench();
    let mut events = Vec::new();
    let reading = time(|| events = session::read(text.as_bytes()).unwrap().value.events);
    let decoding = time(|| drop(black_box(trace::decode(&events, bench.keyring()))));
    drop(events);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.json");
    std::fs::write(&path, &text).unwrap();
    let size = text.len();
    drop(text);
    let before = resident();
    let mut waiting = bench.apply(Action::OpenSession(path));
    let (mut first, mut opening) = (None, Duration::ZERO);
    while !waiting.is_empty() {
        opening +=
            time(|| waiting = one_step(&mut bench, &mut inline, std::mem::take(&mut waiting)));
        if !bench.rows().is_empty() {
            first.get_or_insert(opening);
        }
    }
    let first = first.unwrap();
    let rows = bench.rows().len();
    assert!(rows >= count);
    let per = |bytes: usize| bytes as f64 / rows as f64;
    println!("  file      {:8.1} bytes per exchange", per(size));
    println!("  reading   {:8.3} s", reading.as_secs_f64());
    println!("  decoding  {:8.3} s, rows freed", decoding.as_secs_f64());
    println!(
        "N2  open      {:8.3} s to the first row, target 1.5 s at most with 1 000 000; {:.3} s to the last",
        first.as_secs_f64(),
        opening.as_secs_f64()
    );
    if let (Some(before), Some(after)) = (before, resident()) {
        println!(
            "N2  memory    {:8.1} B per exchange, target {:.1} + 200 B at most",
            per(after.saturating_sub(before)),
            per(raw)
        );
    }
    (bench, inline)
}

/// Carries out the first of these effects; the others and what follows from it.
fn one_step(bench: &mut Workbench, inline: &mut Inline, mut waiting: Vec<Effect>) -> Vec<Effect> {
    match waiting.remove(0) {
        Effect::Read { path, purpose } => {
            let content = std::fs::read(&path).map_err(|error| error.to_string());
            waiting.extend(bench.apply(Action::FileRead {
                path,
                purpose,
                content,
            }));
        }
        Effect::Compute(task) => {
            task.run(&mut |news| waiting.extend(bench.absorb_news(news)));
        }
        other => inline.run_all(bench, vec![other]),
    }
    waiting
}

/// Bytes of memory that the process holds, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// A window without a screen.
struct Screen {
    ctx: Context,
    app: App,
    now: f64,
}

impl Screen {
    /// Draws one frame with this input; the time that layout and tessellation took.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.now += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 720.0))),
            time: Some(self.now),
            events,
            ..RawInput::default()
        };
        let Self { ctx, app, .. } = self;
        time(|| {
            app.absorb(Some(ctx));
            let mut output = ctx.run_ui(input, |ui| app.frame(ui));
            let shapes = std::mem::take(&mut output.shapes);
            black_box(ctx.tessellate(shapes, output.pixels_per_point));
            output.drop_without_applying_deltas();
        })
    }
}

fn frames((bench, inline): (Workbench, Inline), count: usize) {
    let ctx = Context::default();
    apply_theme(&ctx);
    let app = App::new(bench, Vec::new(), Executor::Inline(inline), Home::default());
    let mut screen = Screen { ctx, app, now: 0.0 };
    // Over the list.
    let pointer = Event::PointerMoved(pos2(640.0, 200.0));
    let select = |row| vec![Action::SelectRow(Some(row)), Action::Follow(false)];
    screen.app.act(select(count / 2), None);
    for _ in 0..WARM_UP {
        screen.frame(vec![pointer.clone()]);
    }
    print("static", || screen.frame(Vec::new()));
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, -40.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    };
    print("wheel", || screen.frame(vec![wheel.clone()]));
    let mut row = 0;
    print("jump", || {
        // A step that shares no factor with the count visits rows far apart.
        row = (row + 7_919 * 13) % count;
        screen.app.act(select(row), None);
        screen.frame(Vec::new())
    });
}

/// Nanoseconds of the processor that this thread has used, where the system tells.
fn processor() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    status.split_whitespace().next()?.parse().ok()
}

fn print(name: &str, mut frame: impl FnMut() -> Duration) {
    let before = processor();
    let mut taken: Vec<Duration> = (0..FRAMES).map(|_| frame()).collect();
    let used = processor()
        .zip(before)
        .map(|(after, before)| after - before);
    taken.sort();
    let at = |share: usize| {
        let place = taken.get((taken.len() - 1) * share / 100);
        place.unwrap().as_secs_f64() * 1000.0
    };
    println!(
        "N3  {name:8}  {:8.3} ms, p99 {:.3} ms, processor {:.3} ms   target 1 ms at most",
        at(50),
        at(99),
        used.unwrap_or(f64::NAN) / FRAMES as f64 / 1e6
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
