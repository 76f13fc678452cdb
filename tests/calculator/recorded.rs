//! The ledger out of decoded traces: the sample sessions give the TMI and TMV that the observer found.

use tapscope::bytes::hex;
use tapscope::calculator::ledger::Effect;
use tapscope::calculator::ledger::{Options, Reason, follow, recorded};
use tapscope::calculator::{self, Overrides};
use tapscope::crypto::Secret;
use tapscope::keyring::{Keyring, Use};
use tapscope::secure_messaging::Verdict;
use tapscope::session::{self, demo, keys};
use tapscope::trace::{self, Event, EventKind, Exchange};

use super::digits;

pub(super) fn keyring() -> Keyring {
    keys::read(demo::keys().as_bytes())
        .expect("the demo keys")
        .value
}

/// The same with other TransactionMAC keys: a TMV that does not fit shows the observer's TMI.
fn other_keys() -> Keyring {
    let mut keyring = keyring();
    for entry in &mut keyring.keys {
        if entry.usage == Use::Tmac {
            let other: Vec<u8> = entry
                .value
                .expose()
                .iter()
                .map(|byte| byte ^ 0x5C)
                .collect();
            entry.value = Secret::new(other);
        }
    }
    keyring
}

pub(super) fn sessions() -> Vec<(String, Vec<Event>)> {
    let folder = format!("{}/sessions", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("sessions");
    let mut sessions: Vec<(String, Vec<Event>)> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let text = std::fs::read(&path).expect("text");
            let session = session::read(&text).expect("a session").value;
            (path.display().to_string(), session.events)
        })
        .collect();
    sessions.sort_by(|(one, _), (other, _)| one.cmp(other));
    sessions
}

fn commits(rows: &[Exchange]) -> impl Iterator<Item = &Exchange> {
    rows.iter().filter(|row| {
        let asked = row
            .response
            .as_ref()
            .is_some_and(|answer| answer.len() == 12);
        row.ins == 0xC7 && row.is_accepted() && asked
    })
}

#[test]
fn every_commit_of_the_sample_sessions() {
    let (mut seen, mut with_tmi) = (0, 0);
    for (name, events) in sessions() {
        let rows = trace::decode(&events, &keyring());
        let unfitting = trace::decode(&events, &other_keys());
        for row in commits(&rows) {
            let place = format!("{name} row {}", row.index);
            assert_eq!(row.verdicts.tmv, Verdict::Ok, "{place}");
            let made = recorded(&rows, &events, row.index).expect("a row");
            assert_eq!(made.opaque, [0; 0], "{place}");
            let uid = made.uid.as_deref().expect("a UID");
            let told = follow(&made.operations, &Options::default()).expect("lines");
            assert_eq!(told.transactions, 1, "{place}: {}", made.operations);
            // A key that the trace itself shows can't be made another one.
            if let Some(found) = &unfitting[row.index].commit {
                assert_eq!(uid, found.uid, "{place}");
                assert_eq!(hex::upper(told.tmi(0)), hex::upper(&found.tmi), "{place}");
                with_tmi += 1;
            }
            let all = keyring();
            let entry = all.tmac_keys(made.aid).next().expect("a key");
            let key = entry
                .key_for(Some(uid), made.aid)
                .expect("a key of the card");
            let mut texts = made.texts();
            texts.insert("key".into(), hex::upper(key.expose()));
            let topic = calculator::topic("tmac").expect("a topic");
            let outcome = topic.run(&texts, &Overrides::new());
            assert!(
                !outcome.is_refused() && !outcome.sheet.is_wrong(),
                "{place}"
            );
            let commit = made.commit.expect("TMC and TMV");
            assert_eq!(digits(&outcome, "TMV"), hex::upper(commit.tmv), "{place}");
            seen += 1;
        }
    }
    assert!(
        seen >= 6 && with_tmi >= 5,
        "{seen} commits, {with_tmi} TMIs"
    );
}

#[test]
fn any_row_of_a_transaction_gives_the_whole_of_it() {
    let (_, events) = sessions().swap_remove(1);
    let rows = trace::decode(&events, &keyring());
    let commit = commits(&rows).next().expect("a commit");
    let whole = recorded(&rows, &events, commit.index).expect("a row");
    let credit = rows
        .iter()
        .rfind(|row| row.index < commit.index && row.ins == 0x0C)
        .expect("a credit");
    assert_eq!(recorded(&rows, &events, credit.index), Some(whole));
    assert_eq!(recorded(&rows, &events, rows.len()), None);
}

#[test]
fn what_a_reset_or_another_commit_separates_is_not_joined() {
    let plain = |text: &str| Event::new(EventKind::Command(hex::parse(text).expect("digits")));
    let answer = |text: &str| Event::new(EventKind::Response(hex::parse(text).expect("digits")));
    let credit = |amount: u8| plain(&format!("900C00000503{amount:02X}00000000"));
    let events = [
        plain("905A00000399440100"),
        answer("9100"),
        credit(1),
        answer("9100"),
        Event::new(EventKind::Reset),
        plain("905A00000399440100"),
        answer("9100"),
        credit(2),
        answer("9100"),
        plain("90C7000000"),
        answer("9100"),
        credit(3),
        answer("9100"),
        plain("90DC0000050307000000 00"),
        answer("91BE"),
        credit(4),
        answer("9100"),
    ];
    let rows = trace::decode(&events, &Keyring::default());
    let tmi = |index: usize| {
        let made = recorded(&rows, &events, index).expect("a row");
        let told = follow(&made.operations, &Options::default()).expect("lines");
        (hex::upper(told.tmi(0)), made.operations)
    };
    assert!(tmi(1).0.starts_with("0C0301"), "{}", tmi(1).1);
    for index in [3, 4] {
        let (tmi, lines) = tmi(index);
        assert!(tmi.starts_with("0C0302") && tmi.len() == 32, "{lines}");
    }
    let last = recorded(&rows, &events, 7).expect("a row");
    let told = follow(&last.operations, &Options::default()).expect("lines");
    assert!(hex::upper(told.tmi(0)).starts_with("0C0304"));
    let dropped = told
        .entries
        .iter()
        .any(|entry| matches!(entry.effect, Effect::Nothing(Reason::Dropped(_, _))));
    assert!(dropped, "{}", last.operations);
}
