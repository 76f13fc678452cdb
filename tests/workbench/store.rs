//! The key store: its keys are in the table while it is open, nowhere while it is locked, and never lost.

use std::path::PathBuf;

use tapscope::bytes::hex;
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::crypto::vault::{Passphrase, WorkFactor};
use tapscope::keyring::KeyEntry;
use tapscope::ota::application::AID;
use tapscope::secure_messaging::Verdict;
use tapscope::session::store;
use tapscope::workbench::worker_journal::{Journal, Left};
use tapscope::workbench::{Action, Effect, NoticeKind, Setting, Settings, Workbench};

use crate::support::desk::{Desk, TIME_MS};
use crate::support::runs::Secrets;

const MINUTE: u64 = 60_000;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn save(path: Option<PathBuf>, text: Option<&str>) -> Action {
    Action::SaveStore {
        path,
        passphrase: text.map(passphrase),
    }
}

fn open(path: PathBuf, text: &str) -> Action {
    Action::OpenStore {
        path,
        passphrase: passphrase(text),
    }
}

/// A desk whose top-up key is no demo key but the store's, after a top-up.
struct Stored {
    desk: Desk,
    path: PathBuf,
}

/// An own key beside the demo keys, by its label.
fn own_key(desk: &Desk, label: &str, seed: u64) -> KeyEntry {
    let mut value = [0; 16];
    SeededEntropy::new(seed).fill(&mut value);
    let known = desk.bench.keyring().keys.first().expect("a demo key");
    KeyEntry {
        label: label.into(),
        value: Secret::new(value),
        ..known.clone()
    }
}

impl Stored {
    fn new() -> Self {
        let mut desk = Desk::new();
        desk.bench.set_work_factor(WorkFactor::LEAST);
        let path = desk.path("mine.tks");
        let key = own_key(&desk, "mine", 40);
        desk.act(Action::AddKey(key));
        desk.act(save(Some(path.clone()), Some("correct horse")));
        assert_eq!(
            desk.take_notice(NoticeKind::Info),
            "Key store mine.tks saved"
        );
        Self { desk, path }
    }

    fn unlock(&mut self, text: &str) {
        self.desk.act(open(self.path.clone(), text));
    }

    fn has(&self, label: &str) -> bool {
        let mut keys = self.desk.bench.keyring().keys.iter();
        keys.any(|key| key.label == label)
    }

    fn changed(&self) -> bool {
        let store = self.desk.bench.key_store().expect("a store");
        store.is_changed()
    }

    /// Labels in the file.
    fn in_file(&self, text: &str) -> Vec<String> {
        let bytes = std::fs::read(&self.path).expect("a file");
        let opened = store::open(&bytes, &passphrase(text), &mut SeededEntropy::new(1));
        let keys = opened.expect("opens").keys.value.keys;
        keys.into_iter().map(|key| key.label).collect()
    }
}

#[test]
fn only_the_stores_keys_leave_when_it_is_locked_and_come_back() {
    let mut stored = Stored::new();
    let demo = stored.desk.bench.keyring().keys.len() - 1;
    assert_eq!(stored.in_file("correct horse"), ["mine"], "no demo key");
    assert!(stored.desk.bench.is_key_stored(demo) && !stored.desk.bench.is_key_stored(0));
    assert!(!stored.desk.bench.is_locked() && !stored.changed());
    let before = stored.desk.bench.keyring().clone();
    stored.desk.act(Action::LockStore);
    assert!(stored.desk.bench.is_locked() && !stored.has("mine"));
    assert_eq!(stored.desk.bench.keyring().keys.len(), demo);
    assert!(!stored.desk.bench.can_undo(), "undo would bring them back");
    stored.unlock("correct horse");
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Info),
        "1 keys opened from mine.tks"
    );
    assert_eq!(*stored.desk.bench.keyring(), before);
    assert!(!stored.desk.bench.is_locked() && !stored.changed());
}

#[test]
fn a_locked_stores_keys_leave_the_rows_too() {
    let mut desk = Desk::topped_up();
    desk.bench.set_work_factor(WorkFactor::LEAST);
    let index = desk.bench.keyring().keys.iter();
    let index = index.into_iter().position(|key| key.label == "top-up");
    let index = index.expect("the top-up key");
    let key = KeyEntry {
        label: "my top-up".into(),
        ..desk.bench.keyring().keys[index].clone()
    };
    desk.act(Action::EditKey { index, key });
    let path = desk.path("a.tks");
    desk.act(save(Some(path.clone()), Some("a")));
    desk.take_notice(NoticeKind::Info);
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Ok);
    // The decoding is held back: nobody can cancel it, and a later one does not leave the old rows either.
    let decoding = desk.bench.apply(Action::LockStore);
    desk.act(Action::Cancel);
    assert!(desk.bench.progress().is_some(), "it goes on");
    desk.inline.run_all(&mut desk.bench, decoding);
    assert_eq!(desk.bench.progress(), None);
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Unknown);
    assert!(desk.row(4).authentication.is_none());
    desk.act(open(path, "a"));
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Ok);
}

#[test]
fn a_lock_ends_the_sessions_and_forgets_what_was_repeated() {
    let mut stored = Stored::new();
    let desk = &mut stored.desk;
    desk.act(Action::TopUp { amount: 1000 });
    let value = desk.bench.repeat_of(3).expect("a read of the value");
    desk.act(Action::Repeat(Box::new(value.clone())));
    assert!(desk.bench.standing().session.is_some());
    assert_eq!(desk.bench.sendings(3).count(), 1);
    desk.act(Action::LockStore);
    let standing = desk.bench.standing();
    assert_eq!((standing.selected, standing.session), (Some(AID), None));
    assert_eq!(desk.bench.sendings(3).count(), 0);
    desk.act(Action::Repeat(Box::new(value)));
    let sent = desk.bench.rows().last().expect("a row");
    let frame = sent.framed_command(desk.bench.log().events());
    assert_eq!((sent.name(), frame), ("GetValue", vec![3]), "without a MAC");
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn edits_are_written_back_on_request_without_the_passphrase() {
    let mut stored = Stored::new();
    let last = stored.desk.bench.keyring().keys.len();
    let key = own_key(&stored.desk, "second", 41);
    stored.desk.act(Action::AddKey(key));
    assert!(stored.changed() && stored.desk.bench.is_key_stored(last));
    assert_eq!(stored.in_file("correct horse"), ["mine"], "not by itself");
    stored.desk.act(save(None, None));
    stored.desk.take_notice(NoticeKind::Info);
    assert!(!stored.changed());
    assert_eq!(stored.in_file("correct horse"), ["mine", "second"]);
    stored.desk.act(Action::Undo);
    assert!(stored.changed(), "taking back is an edit");
    stored.desk.act(Action::Redo);
    stored.desk.act(Action::RemoveKey(0));
    stored.desk.act(save(None, None));
    stored.desk.take_notice(NoticeKind::Info);
    stored
        .desk
        .act(Action::AddKey(own_key(&stored.desk, "third", 42)));
    stored.desk.act(Action::RemoveKey(last));
    assert!(stored.changed());
    // A demo key is none of the store's business.
    stored.desk.act(save(None, None));
    stored.desk.take_notice(NoticeKind::Info);
    stored.desk.act(Action::RemoveKey(0));
    assert!(!stored.changed());
}

#[test]
fn locking_keeps_what_is_not_saved_and_writes_nothing() {
    let mut stored = Stored::new();
    let key = own_key(&stored.desk, "second", 41);
    stored.desk.act(Action::AddKey(key));
    stored.desk.act(Action::LockStore);
    assert!(stored.changed() && stored.desk.bench.is_locked());
    assert_eq!(stored.in_file("correct horse"), ["mine"]);
    stored.unlock("wrong");
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Failure),
        "mine.tks can't be opened: wrong passphrase"
    );
    assert!(stored.changed() && stored.desk.bench.is_locked());
    stored.desk.act(open(stored.desk.path("other.tks"), "a"));
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Warning),
        "Off, the key store has changes that are not saved"
    );
    stored.unlock("correct horse");
    stored.desk.take_notice(NoticeKind::Info);
    assert!(stored.has("mine") && stored.has("second") && stored.changed());
    stored.desk.act(Action::LockStore);
    // Sealed as it is, it reaches the file without the passphrase.
    stored.desk.act(save(None, None));
    stored.desk.take_notice(NoticeKind::Info);
    assert!(!stored.changed() && stored.desk.bench.is_locked());
    assert_eq!(stored.in_file("correct horse"), ["mine", "second"]);
}

#[test]
fn the_timer_locks_when_nobody_does_anything() {
    let mut stored = Stored::new();
    let lock_at = TIME_MS + 15 * MINUTE;
    assert_eq!(stored.desk.bench.locks_at(), Some(lock_at));
    let tick = |stored: &mut Stored, now: u64| {
        stored.desk.bench.set_now(now);
        let due = stored.desk.bench.due();
        stored.desk.inline.run_all(&mut stored.desk.bench, due);
        stored.desk.bench.is_locked()
    };
    assert!(!tick(&mut stored, lock_at - 1));
    stored.desk.act(Action::SelectRow(None));
    assert!(!tick(&mut stored, lock_at), "somebody did something");
    let lock_at = lock_at - 1 + 15 * MINUTE;
    assert_eq!(stored.desk.bench.locks_at(), Some(lock_at));
    assert!(tick(&mut stored, lock_at) && !stored.has("mine"));
    assert_eq!(stored.desk.bench.locks_at(), None);

    stored.unlock("correct horse");
    stored.desk.take_notice(NoticeKind::Info);
    stored.desk.act(Action::Set(Setting::LockAfterMinutes(0)));
    assert!(!tick(&mut stored, lock_at + 9_999 * MINUTE), "never");
    stored.desk.act(Action::Set(Setting::LockAfterMinutes(2)));
    assert!(!tick(&mut stored, TIME_MS), "the clock was set back");
    assert!(!tick(&mut stored, TIME_MS + 2 * MINUTE - 1));
    // After a machine's sleep the first action comes before the first tick.
    stored.desk.bench.set_now(TIME_MS + 500 * MINUTE);
    let effects = stored.desk.bench.apply(Action::TopUp { amount: 100 });
    assert!(stored.desk.bench.is_locked());
    let job = effects.iter().find_map(|effect| match effect {
        Effect::Submit(job) => Some(job),
        _ => None,
    });
    let keys = &job.expect("a job").keyring.keys;
    assert!(keys.iter().all(|key| key.label != "mine"));
}

#[test]
fn a_store_that_is_being_saved_is_locked_afterwards() {
    let mut stored = Stored::new();
    let key = own_key(&stored.desk, "second", 41);
    stored.desk.act(Action::AddKey(key));
    let sealing = stored.desk.bench.apply(save(None, None));
    assert!(stored.desk.bench.progress().is_some());
    stored.desk.act(Action::LockStore);
    assert!(!stored.desk.bench.is_locked(), "in a moment");
    stored.desk.inline.run_all(&mut stored.desk.bench, sealing);
    stored.desk.take_notice(NoticeKind::Info);
    assert!(stored.desk.bench.is_locked() && !stored.changed());
    assert_eq!(stored.in_file("correct horse"), ["mine", "second"]);
}

#[test]
fn what_can_not_be_done_is_said_and_changes_nothing() {
    let mut stored = Stored::new();
    let bytes = std::fs::read(&stored.path).expect("a file");
    stored
        .desk
        .act(save(Some(stored.desk.path("no/such/a.tks")), Some("b")));
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Failure),
        "The key store a.tks was not saved"
    );
    assert_eq!(
        stored.desk.bench.key_store().expect("a store").path(),
        stored.path
    );
    stored
        .desk
        .act(save(Some(stored.desk.path("b.tks")), Some("")));
    stored.desk.take_notice(NoticeKind::Failure);
    stored.desk.act(save(Some(stored.desk.path("b.tks")), None));
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Warning),
        "Not saved: a new key store needs a passphrase"
    );
    stored.desk.act(Action::LockStore);
    stored
        .desk
        .act(save(Some(stored.desk.path("b.tks")), Some("b")));
    assert_eq!(
        stored.desk.take_notice(NoticeKind::Warning),
        "Off, the key store is locked"
    );
    let cut = stored.desk.path("cut.tks");
    std::fs::write(&cut, &bytes[..100]).expect("written");
    stored.desk.act(open(cut, "correct horse"));
    let text = stored.desk.take_notice(NoticeKind::Failure);
    assert!(
        text.starts_with("cut.tks can't be opened: the key store is cut off at offset 100"),
        "{text}"
    );
    stored.desk.act(open(stored.desk.path("nowhere.tks"), "a"));
    stored.desk.take_notice(NoticeKind::Failure);
    let unlocking = stored
        .desk
        .bench
        .apply(open(stored.path.clone(), "correct horse"));
    stored.desk.act(save(None, Some("b")));
    assert!(
        stored
            .desk
            .take_notice(NoticeKind::Warning)
            .contains("being saved or opened")
    );
    stored
        .desk
        .inline
        .run_all(&mut stored.desk.bench, unlocking);
    stored.desk.take_notice(NoticeKind::Info);
    assert!(stored.has("mine"));
    assert_eq!(std::fs::read(&stored.path).expect("a file"), bytes);
}

#[test]
fn a_new_passphrase_takes_the_old_ones_place_and_the_store_is_known_at_the_next_start() {
    let mut stored = Stored::new();
    stored.desk.act(save(None, Some("battery staple")));
    stored.desk.take_notice(NoticeKind::Info);
    assert_eq!(stored.in_file("battery staple"), ["mine"]);
    let settings = stored.desk.bench.settings().text();
    let settings = Settings::parse(&settings).expect("readable");
    let (again, _) = Workbench::new(settings, Some(2));
    let store = again.key_store().expect("known");
    assert!(again.is_locked() && store.path() == stored.path);
    stored.desk.act(Action::CloseStore);
    assert!(stored.desk.bench.key_store().is_none() && !stored.has("mine"));
    assert_eq!(stored.desk.bench.settings().store, None);
}

#[test]
fn no_key_of_a_store_is_anywhere_in_clear() {
    for seed in 50..54 {
        let mut stored = Stored::new();
        let key = own_key(&stored.desk, "random", seed);
        let mut secrets = Secrets::default();
        secrets.add("random", key.value.expose());
        // The search finds what it should.
        assert!(!secrets.found_in(&hex::upper(key.value.expose())).is_empty());
        let desk = &mut stored.desk;
        let add = Action::AddKey(key);
        let secret = save(None, Some("zebra crossing"));
        let unlock = open(stored.path.clone(), "zebra crossing");
        let mut seen = vec![format!("{add:?} {secret:?} {unlock:?}")];
        desk.act(add);
        let sealing = desk.bench.apply(secret);
        seen.push(format!("{sealing:?}"));
        desk.inline.run_all(&mut desk.bench, sealing);
        desk.act(Action::TopUp { amount: 100 });
        let session = desk.path("session.json");
        desk.act(Action::SaveSession(Some(session.clone())));
        seen.push(format!("{:?}", desk.bench));
        desk.act(Action::LockStore);
        let opening = desk.bench.apply(unlock);
        seen.push(format!("{opening:?}"));
        desk.inline.run_all(&mut desk.bench, opening);
        assert!(
            desk.bench
                .keyring()
                .keys
                .iter()
                .any(|key| key.label == "random")
        );
        seen.push(format!("{:?}", desk.bench));
        seen.push(desk.bench.settings().text());
        let (folder, events) = (desk.path("journal"), desk.bench.log().events());
        let mut journal = Journal::new(&folder);
        journal.follow(true, None, 1, events).expect("written");
        drop(journal);
        let left = Left::find(&folder).and_then(|mut left| left.bytes());
        seen.push(String::from_utf8(left.expect("a journal")).expect("text"));
        seen.push(std::fs::read_to_string(session).expect("a session"));
        let sealed = std::fs::read(&stored.path).expect("a store");
        // As it is, and as its bytes may spell digits.
        seen.push(String::from_utf8_lossy(&sealed).into_owned());
        seen.push(hex::upper(&sealed));
        for text in &seen {
            assert_eq!(secrets.found_in(text), Vec::<String>::new());
            assert!(!text.contains("zebra") && !text.contains("horse"), "{text}");
        }
    }
}
