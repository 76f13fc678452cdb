//! The executor of the window: real threads, waited for by their wake-up, never by sleeping.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use tapscope::secure_messaging::Verdict;
use tapscope::session;
use tapscope::trace::{self, Event};
use tapscope::workbench::worker::Threads;
use tapscope::workbench::{Action, NoticeKind, Settings, Workbench};

use crate::support::desk::Desk;

/// A workbench on threads.
pub(crate) struct Window {
    pub(crate) bench: Workbench,
    threads: Threads,
    woken: Receiver<()>,
    /// Whether a share of all events was ever reported.
    counted: bool,
}

impl Window {
    pub(crate) fn new() -> Self {
        let (sender, woken) = sync_channel(1);
        let wake = Arc::new(move || {
            // One wake-up that waits is enough.
            let _waits = sender.try_send(());
        });
        let (bench, start) = Workbench::new(Settings::default(), Some(1));
        let mut threads = Threads::new(wake);
        for effect in start {
            threads.run(effect);
        }
        Self {
            bench,
            threads,
            woken,
            counted: false,
        }
    }

    pub(crate) fn act(&mut self, action: Action) {
        for effect in self.bench.apply(action) {
            self.threads.run(effect);
        }
    }

    /// Absorbs until something holds.
    pub(crate) fn until(&mut self, holds: impl Fn(&Workbench) -> bool) {
        loop {
            for report in self.threads.reports() {
                self.bench.absorb(report);
            }
            for news in self.threads.news() {
                for effect in self.bench.absorb_news(news) {
                    self.threads.run(effect);
                }
                let progress = self.bench.progress();
                self.counted |= progress.is_some_and(|progress| progress.total > 0);
            }
            for action in self.threads.actions() {
                self.act(action);
            }
            if holds(&self.bench) {
                return;
            }
            let woken = self.woken.recv_timeout(Duration::from_mins(1));
            woken.expect("a wake-up in time");
        }
    }

    fn verdict(&self) -> Verdict {
        self.bench.rows()[4].verdicts.command_mac
    }
}

/// A session of many top-ups, all recorded alike, in a file.
fn long(desk: &Desk, rounds: usize) -> std::path::PathBuf {
    let once = desk.bench.log().events();
    let events: Vec<Event> = once
        .iter()
        .cycle()
        .take(once.len() * rounds)
        .cloned()
        .collect();
    let session = session::Session {
        events,
        ..session::Session::default()
    };
    let path = desk.path("long.json");
    std::fs::write(&path, session::write(&session)).expect("written");
    path
}

#[test]
fn a_long_trace_is_opened_decoded_and_left_beside_the_window() {
    let desk = Desk::topped_up();
    let path = long(&desk, 300);
    let mut window = Window::new();
    window.act(Action::OpenSession(path.clone()));
    window.until(|bench| !bench.rows().is_empty());
    assert_eq!(window.bench.rows().len(), 2100);
    assert!(window.counted, "it was told how far it is");
    assert_eq!(window.verdict(), Verdict::Ok);

    // Cancelled before its result can be taken: what is shown stays.
    window.act(Action::OpenSession(path));
    window.until(|bench| bench.progress().is_some());
    window.act(Action::Cancel);
    assert_eq!(window.bench.progress(), None);
    let [notice] = window.bench.notices() else {
        panic!("a notice");
    };
    assert_eq!(notice.kind, NoticeKind::Info);

    // Two changes of keys in a row: the result of the first is nobody's.
    let keys = &window.bench.keyring().keys;
    let key = keys.iter().position(|key| key.label == "top-up");
    window.act(Action::RemoveKey(key.expect("the key")));
    window.until(|bench| bench.progress().is_none());
    assert_eq!(window.verdict(), Verdict::Unknown);
    window.act(Action::Undo);
    window.act(Action::TopUp { amount: 100 });
    let busy = |bench: &Workbench| bench.reader().is_some_and(|reader| reader.busy.is_some());
    window.until(|bench| bench.progress().is_none() && !busy(bench));
    assert_eq!(window.bench.rows().len(), 2107, "the live rows are there");
    let events = window.bench.log().events();
    let rows = trace::decode(events, window.bench.keyring());
    assert_eq!(window.bench.rows(), rows);
}
