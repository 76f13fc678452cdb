//! Keys and cards: what is told of them, and what never is.

use tapscope::bytes::hex;
use tapscope::compare::{Aspect, Counts, Difference, Ignore};
use tapscope::crypto::Secret;
use tapscope::keyring::Keyring;
use tapscope::session::demo as images;
use tapscope::trace::{Event, EventKind};
use tapscope::virtual_card::Image;

use super::support::demo::{self, Run};
use super::{Trace, against, identical, recorded, start, told, with};

#[test]
fn another_key_is_told_without_its_bytes() {
    let other = [0x3D, 0x91, 0x07, 0xE2, 0x5C, 0xB8, 0x40, 0x16];
    let mut changed = demo::keyring();
    for entry in &mut changed.keys {
        if entry.label == "top-up" {
            let value: Vec<u8> = entry
                .value
                .expose()
                .iter()
                .zip(other.iter().cycle())
                .map(|(a, b)| a ^ b)
                .collect();
            entry.value = Secret::new(value);
        }
    }
    let personalise = |seed, keys: &Keyring| {
        let mut run = Run::new(&start(images::BLANK), seed).with_keys(keys.clone());
        run.personalise().expect("personalises");
        recorded(&run, keys)
    };
    let a = personalise(1, &demo::keyring());
    assert_eq!(
        against(&a, &personalise(2, &demo::keyring())).counts,
        identical(a.rows.len())
    );
    let b = personalise(2, &changed);
    let comparison = against(&a, &b);
    let [(row, [Difference::Key { path }])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(path, "command.NewKey");
    assert_eq!(a.rows[*row].name(), "ChangeKey");
    assert_eq!(told(&comparison)[0].1[0].text(), "key differs");
    // Whatever form the bytes would be printed in, none of the key data is there.
    let text = format!("{comparison:?}");
    let mut secret = 0;
    for row in a.rows.iter().chain(&b.rows) {
        let Some(range) = row.secret_range() else {
            continue;
        };
        let body = row.command.as_ref().expect("plaintext");
        for window in body[range].windows(4) {
            let listed = format!("{window:?}");
            assert!(!text.contains(&hex::upper(window)), "row {}", row.index);
            assert!(!text.contains(listed.trim_matches(['[', ']'])));
            secret += 1;
        }
    }
    assert!(secret > 50, "{secret}");
    // Learnt keys have the number of their row in their label; a row more is no other key.
    let mut events = Trace::lines("=> 9060000000\n<= 91AF\n").events;
    events.push(Event::new(EventKind::Reset));
    events.extend(a.events.clone());
    let later = Trace::new(events, &demo::keyring());
    let comparison = against(&a, &later);
    assert_eq!(
        comparison.counts,
        Counts {
            only_b: 1,
            ..identical(a.rows.len())
        }
    );
}

#[test]
fn another_version_of_the_same_key_is_no_other_key() {
    let mut run = Run::new(&start(images::BLANK), 1);
    run.personalise().expect("personalises");
    let (a, mut b) = (
        recorded(&run, &demo::keyring()),
        recorded(&run, &demo::keyring()),
    );
    let row = b.row("ChangeKey");
    let version = b.rows[row].secret_range().expect("a key").end;
    b.rows[row].command.as_mut().expect("plaintext")[version] ^= 0x21;
    let comparison = against(&a, &b);
    let [(_, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(field.path, "command.NewKeyVersion");
}

#[test]
fn another_card_is_a_difference_unless_its_uid_is_passed_over() {
    let mut other = start(images::BLANK);
    other.uid = [0x04, 0x7B, 0x13, 0xA8, 0x5E, 0x62, 0x80];
    let personalise = |image: &Image, seed| {
        let mut run = Run::new(image, seed);
        run.personalise().expect("personalises");
        recorded(&run, &demo::keyring())
    };
    let (a, b) = (
        personalise(&start(images::BLANK), 1),
        personalise(&other, 2),
    );
    let comparison = against(&a, &b);
    let paths: Vec<&str> = told(&comparison)
        .iter()
        .flat_map(|(_, found)| found.iter())
        .map(|found| match found {
            Difference::Field(field) => field.path.as_str(),
            Difference::Key { path } => path.as_str(),
            Difference::Value { what, .. } => what.name(),
        })
        .collect();
    assert!(paths.contains(&"response.UID"), "{paths:?}");
    let passed = with(&a, &b, Ignore::default().with(Aspect::Uid, true));
    // Keys are diversified by the UID, and the application writes it into a file: both do differ.
    let uid = |bytes: &[u8], uid: &[u8]| bytes.windows(7).any(|window| window == uid);
    for found in told(&passed).iter().flat_map(|(_, found)| found.iter()) {
        match found {
            Difference::Key { .. } => {}
            Difference::Field(field) => {
                let (a, b) = (field.a.as_ref().expect("A"), field.b.as_ref().expect("B"));
                assert!(
                    uid(&a.bytes, &demo::UID) && uid(&b.bytes, &other.uid),
                    "{field:?}"
                );
                assert_eq!(a.differing, b.differing);
            }
            Difference::Value { .. } => panic!("{found:?}"),
        }
    }
    assert!(passed.counts.differs < comparison.counts.differs);
}
