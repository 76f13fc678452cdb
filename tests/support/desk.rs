//! The workbench without window and threads: press, expect.

use std::path::PathBuf;

use tapscope::card::Aid;
use tapscope::ota::application::{AID, file};
use tapscope::trace::{EventKind, Exchange};
use tapscope::transport::{Change, FrameFault};
use tapscope::virtual_card::{FileContent, Image};
use tapscope::workbench::worker_inline::Inline;
use tapscope::workbench::{Action, Fault, NoticeKind, Settings, Workbench};

/// Time of all log records, 2026-11-02 08:00 UTC.
pub const TIME_MS: u64 = 1_793_606_400_000;

/// Arms a fault on the way of the next command with this code.
pub fn on_the_way(ins: u8, change: Change) -> Action {
    let ins = Some(ins);
    Action::Arm(Fault::Frame(FrameFault { ins, change }))
}

/// The answer to the next command with this code is lost.
pub fn lose_answer(ins: u8) -> Action {
    on_the_way(ins, Change::LoseAnswer)
}

/// Power fails before this write of the next command that writes.
pub const fn tear(write: u32) -> Action {
    Action::Arm(Fault::Tear(write))
}

/// A workbench with the embedded demo card, and what carries out its effects.
pub struct Desk {
    pub bench: Workbench,
    pub inline: Inline,
    folder: tempfile::TempDir,
}

impl Desk {
    /// Seeded: the same actions give the same bytes.
    pub fn new() -> Self {
        let (mut bench, start) = Workbench::new(Settings::default(), Some(1));
        bench.set_now(TIME_MS);
        let mut inline = Inline::default();
        inline.run_all(&mut bench, start);
        let folder = tempfile::tempdir().expect("a folder for files");
        Self {
            bench,
            inline,
            folder,
        }
    }

    /// After a top-up of 10.00.
    pub fn topped_up() -> Self {
        let mut desk = Self::new();
        desk.act(Action::TopUp { amount: 1000 });
        desk
    }

    /// Applies an action and everything that follows from it.
    pub fn act(&mut self, action: Action) {
        self.inline.apply(&mut self.bench, action);
    }

    /// Applies a list of actions.
    pub fn play(&mut self, actions: impl IntoIterator<Item = Action>) {
        for action in actions {
            self.act(action);
        }
    }

    /// A place in this desk's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Names of all rows.
    pub fn names(&self) -> Vec<&'static str> {
        self.bench.rows().iter().map(Exchange::name).collect()
    }

    /// A row by its number.
    pub fn row(&self, index: usize) -> &Exchange {
        &self.bench.rows()[index]
    }

    /// Texts of the open notices.
    pub fn notices(&self) -> Vec<&str> {
        let notices = self.bench.notices().iter();
        notices.map(|notice| notice.text.as_str()).collect()
    }

    /// Expects one notice, closes it, and gives its text.
    pub fn take_notice(&mut self, kind: NoticeKind) -> String {
        let [notice] = self.bench.notices() else {
            panic!("one notice expected: {:?}", self.notices());
        };
        let (id, found, text) = (notice.id, notice.kind, notice.text.clone());
        assert_eq!(found, kind, "{text}");
        self.act(Action::CloseNotice(id));
        assert!(self.bench.notices().is_empty());
        text
    }

    /// What the chosen card holds.
    pub fn image(&self) -> &Image {
        &self
            .bench
            .reader()
            .and_then(|reader| reader.embedded())
            .expect("a card")
            .image
    }

    /// The balance on the chosen card.
    pub fn balance(&self) -> i32 {
        match self.content(AID, file::VALUE) {
            FileContent::Value(value) => *value,
            other => panic!("a value file expected: {other:?}"),
        }
    }

    fn content(&self, aid: Aid, file_no: u8) -> &FileContent {
        &self.image().applications[&aid].files[&file_no].content
    }

    /// Kinds of events that are no frames.
    pub fn happenings(&self) -> Vec<EventKind> {
        let events = self.bench.log().events().iter().map(|event| &event.kind);
        let frame =
            |kind: &&EventKind| matches!(kind, EventKind::Command(_) | EventKind::Response(_));
        events.filter(|kind| !frame(kind)).cloned().collect()
    }
}
