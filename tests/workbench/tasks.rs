//! Long work and what happens meanwhile: effects are held back, other actions come first, then the work is done.

use tapscope::secure_messaging::Verdict;
use tapscope::session::{self, Session};
use tapscope::trace;
use tapscope::workbench::{Action, Effect, NoticeKind, ReplayTarget};

use crate::support::desk::Desk;

/// Applies an action whose work does not begin yet.
fn hold(desk: &mut Desk, action: Action) -> Vec<Effect> {
    let effects = desk.bench.apply(action);
    assert!(desk.bench.progress().is_some(), "work is waiting");
    effects
}

/// Does the work that was held back; nothing runs afterwards.
fn release(desk: &mut Desk, effects: Vec<Effect>) {
    desk.inline.run_all(&mut desk.bench, effects);
    assert_eq!(desk.bench.progress(), None);
}

fn remove_top_up_key(desk: &Desk) -> Action {
    let keys = &desk.bench.keyring().keys;
    let index = keys.iter().position(|key| key.label == "top-up");
    Action::RemoveKey(index.expect("the top-up key"))
}

/// The rows are what decoding all events with the present keys makes.
fn assert_current(desk: &Desk) {
    let rows = trace::decode(desk.bench.log().events(), desk.bench.keyring());
    assert_eq!(desk.bench.rows(), rows);
    assert!(!desk.bench.is_stale());
}

fn mac(desk: &Desk) -> Verdict {
    desk.row(4).verdicts.command_mac
}

#[test]
fn rows_stay_while_they_are_decoded_and_live_ones_are_in_the_result() {
    let mut desk = Desk::topped_up();
    desk.act(remove_top_up_key(&desk));
    assert_eq!(mac(&desk), Verdict::Unknown);
    let work = hold(&mut desk, Action::Undo);
    assert_eq!(mac(&desk), Verdict::Unknown, "the old rows stay");
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.bench.rows().len(), 14, "live rows are shown");
    release(&mut desk, work);
    assert_eq!(mac(&desk), Verdict::Ok);
    assert_eq!(desk.bench.rows().len(), 14);
    assert_current(&desk);
}

#[test]
fn an_exchange_that_is_open_during_the_work_is_completed_by_it() {
    let mut desk = Desk::new();
    desk.act(Action::SendRaw(vec![0x90, 0x60, 0x00, 0x00, 0x00]));
    let remove = remove_top_up_key(&desk);
    let work = hold(&mut desk, remove);
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    release(&mut desk, work);
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    assert_eq!(desk.names(), ["GetVersion"]);
    assert_current(&desk);
}

#[test]
fn a_newer_change_of_keys_supersedes_the_work() {
    let mut desk = Desk::topped_up();
    let remove = remove_top_up_key(&desk);
    let older = hold(&mut desk, remove);
    let newer = hold(&mut desk, Action::Undo);
    release(&mut desk, newer);
    release(&mut desk, older);
    assert_eq!(mac(&desk), Verdict::Ok);
    assert_current(&desk);
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn cancelled_decoding_keeps_rows_and_keys_and_can_go_on() {
    let mut desk = Desk::topped_up();
    let remove = remove_top_up_key(&desk);
    let work = hold(&mut desk, remove);
    let keys = desk.bench.keyring().clone();
    desk.act(Action::Cancel);
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("earlier keys"), "{text}");
    release(&mut desk, work);
    assert_eq!(mac(&desk), Verdict::Ok, "the earlier rows");
    assert_eq!(*desk.bench.keyring(), keys, "the change is kept");
    assert!(desk.bench.is_stale());
    desk.act(Action::Redecode);
    assert_eq!(mac(&desk), Verdict::Unknown);
    assert_current(&desk);
    desk.act(Action::Redecode);
    desk.act(Action::Cancel);
    assert_eq!(desk.notices(), [""; 0], "nothing to do");
}

#[test]
fn a_cancelled_open_leaves_the_trace_that_was_open() {
    let mut desk = Desk::topped_up();
    let rows = desk.bench.rows().to_vec();
    let work = hold(&mut desk, Action::OpenSample(1));
    assert_eq!(desk.bench.rows(), rows, "until it is read");
    desk.act(Action::Cancel);
    let text = desk.take_notice(NoticeKind::Info);
    assert!(text.contains("not opened"), "{text}");
    release(&mut desk, work);
    assert_eq!(desk.bench.rows(), rows);
    assert!(desk.bench.document().changed);
    assert_eq!(desk.bench.document().name, "");
}

#[test]
fn what_arrives_while_a_trace_is_opened_belongs_to_it() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(1));
    let sample = desk.bench.rows().len();
    desk.act(Action::NewSession);
    desk.act(Action::TopUp { amount: 100 });
    let work = hold(&mut desk, Action::OpenSample(1));
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.bench.rows().len(), 14);
    release(&mut desk, work);
    assert_eq!(desk.bench.rows().len(), sample + 7);
    assert!(desk.bench.document().changed, "the last rows are not saved");
    assert_current(&desk);
}

#[test]
fn keys_that_change_while_a_trace_is_opened_count_for_it() {
    let mut desk = Desk::new();
    let work = hold(&mut desk, Action::OpenSample(1));
    desk.act(remove_top_up_key(&desk));
    release(&mut desk, work);
    let opened = desk.bench.rows().iter().find(|row| row.is_authentication());
    assert_eq!(opened.expect("an authentication").key, None);
    assert_current(&desk);
}

#[test]
fn the_last_wish_counts_among_traces() {
    let mut desk = Desk::new();
    let first = hold(&mut desk, Action::OpenSample(0));
    let second = hold(&mut desk, Action::OpenSample(1));
    desk.inline.run_all(&mut desk.bench, first);
    assert_eq!(desk.bench.rows().len(), 0);
    release(&mut desk, second);
    assert_eq!(desk.bench.document().name, "Top-up");
    let third = hold(&mut desk, Action::OpenSample(0));
    desk.act(Action::NewSession);
    release(&mut desk, third);
    assert_eq!(desk.bench.rows().len(), 0);
}

#[test]
fn decoding_ends_with_the_trace_that_it_was_for() {
    let mut desk = Desk::topped_up();
    let remove = remove_top_up_key(&desk);
    let work = hold(&mut desk, remove);
    desk.act(Action::OpenSample(1));
    let rows = desk.bench.rows().to_vec();
    release(&mut desk, work);
    assert_eq!(desk.bench.rows(), rows);
    assert_current(&desk);
}

#[test]
fn cancelled_saving_writes_nothing() {
    let mut desk = Desk::topped_up();
    let path = desk.path("a.json");
    let work = hold(&mut desk, Action::SaveSession(Some(path.clone())));
    desk.act(Action::Cancel);
    desk.take_notice(NoticeKind::Info);
    release(&mut desk, work);
    assert!(!path.exists());
    assert!(desk.bench.document().changed);
    assert_eq!(desk.bench.document().saving, None);
    desk.act(Action::SaveSession(Some(path.clone())));
    assert!(path.exists());
    assert!(!desk.bench.document().changed);
}

#[test]
fn a_file_holds_the_trace_as_it_was_when_saving_began() {
    let mut desk = Desk::topped_up();
    let path = desk.path("a.json");
    let work = hold(&mut desk, Action::SaveSession(Some(path.clone())));
    desk.act(Action::TopUp { amount: 100 });
    release(&mut desk, work);
    assert!(desk.bench.document().changed, "seven rows are not in it");
    desk.act(Action::OpenSession(path));
    assert_eq!(desk.bench.rows().len(), 7);
}

#[test]
fn a_trace_that_is_saved_late_does_not_rename_another() {
    let mut desk = Desk::topped_up();
    let path = desk.path("a.json");
    let work = hold(&mut desk, Action::SaveSession(Some(path.clone())));
    desk.act(Action::OpenSample(1));
    release(&mut desk, work);
    assert!(path.exists());
    assert_eq!(desk.bench.document().name, "Top-up");
    assert_eq!(desk.bench.document().path, None);
}

#[test]
fn a_replay_of_a_trace_that_went_on_is_no_result() {
    let mut desk = Desk::topped_up();
    let work = hold(&mut desk, Action::Replay(ReplayTarget::Card));
    desk.act(Action::TopUp { amount: 100 });
    release(&mut desk, work);
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("went on"), "{text}");
    assert_eq!(desk.bench.replay_result(), None);
    let work = hold(&mut desk, Action::Replay(ReplayTarget::Card));
    desk.act(Action::Cancel);
    desk.take_notice(NoticeKind::Info);
    release(&mut desk, work);
    assert_eq!(desk.bench.replay_result(), None);
    desk.act(Action::Replay(ReplayTarget::Card));
    assert!(desk.bench.replay_result().is_some());
}

#[test]
fn what_a_crash_left_is_neither_cancelled_nor_replaced_before_it_is_shown() {
    let journal = session::write(&Session {
        events: Desk::topped_up().bench.log().events().to_vec(),
        ..Session::default()
    });
    let mut desk = Desk::new();
    let recovery = hold(&mut desk, Action::Recover(journal.into_bytes()));
    desk.act(Action::Cancel);
    let sample = desk.bench.apply(Action::OpenSample(0));
    desk.inline.run_all(&mut desk.bench, sample);
    release(&mut desk, recovery);
    assert_eq!(desk.bench.document().name, "Recovered trace");
    assert!(desk.bench.document().changed);
    assert_eq!(desk.bench.rows().len(), 7);
}

/// A session file of some 80,000 events; the last ones are of a second reader.
fn long(desk: &Desk, more: &[trace::EventKind]) -> Action {
    let round = Desk::topped_up().bench.log().events().to_vec();
    let rounds = 80_000 / round.len();
    let mut events: Vec<trace::Event> = (0..rounds).flat_map(|_| round.clone()).collect();
    let last = events.split_off(events.len() - round.len());
    events.extend(
        last.into_iter()
            .map(|event| trace::Event { reader: 1, ..event }),
    );
    events.extend(more.iter().cloned().map(trace::Event::new));
    let text = session::write(&Session {
        events,
        ..Session::default()
    });
    let path = desk.path("long.json");
    std::fs::write(&path, text).expect("written");
    Action::FileRead {
        content: std::fs::read(&path).map_err(|error| error.to_string()),
        path,
        purpose: tapscope::workbench::FilePurpose::Session,
    }
}

/// Does the first task of these, and gives what follows from it.
fn one_task(desk: &mut Desk, effects: Vec<Effect>) -> Vec<Effect> {
    let mut next = Vec::new();
    for effect in effects {
        match effect {
            Effect::Compute(task) if next.is_empty() => {
                task.run(&mut |news| next.extend(desk.bench.absorb_news(news)));
            }
            other => next.push(other),
        }
    }
    next
}

#[test]
fn a_long_trace_shows_its_first_rows_and_then_the_others() {
    let mut desk = Desk::new();
    let open = long(&desk, &[]);
    let effects = desk.bench.apply(open);
    let rest = one_task(&mut desk, effects);
    let first = desk.bench.rows().len();
    assert!((10_000..40_000).contains(&first), "{first}");
    assert!(desk.bench.is_partial() && !desk.bench.is_stale());
    assert_eq!(
        desk.bench.progress().map(|progress| progress.what),
        Some("Decoding")
    );
    // What arrives meanwhile is recorded, and becomes rows behind the others.
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.bench.rows().len(), first);
    release(&mut desk, rest);
    assert!(!desk.bench.is_partial());
    assert_current(&desk);
    let readers = desk.bench.rows().iter().map(|row| row.reader).max();
    assert_eq!(readers, Some(2), "behind those of the file");
}

#[test]
fn decoding_the_rest_can_be_cancelled_and_gone_on_with() {
    let mut desk = Desk::new();
    let open = long(&desk, &[]);
    let effects = desk.bench.apply(open);
    let rest = one_task(&mut desk, effects);
    desk.act(Action::Cancel);
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("only the first rows"), "{text}");
    release(&mut desk, rest);
    assert!(desk.bench.is_partial() && desk.bench.is_stale());
    desk.act(Action::Redecode);
    assert_current(&desk);
}

#[test]
fn a_remark_far_down_in_a_long_trace_stays_at_its_row() {
    let mut desk = Desk::new();
    let note = trace::EventKind::Note("the end".into());
    let open = long(&desk, &[note]);
    desk.act(open);
    let last = desk.bench.rows().len() - 1;
    assert_eq!(desk.bench.note(last), Some("the end"));
}
