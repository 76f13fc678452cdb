//! What is the same, what differs, and where.

use std::slice;

use tapscope::bytes::hex;
use tapscope::compare::{Aspect, Counts, Difference, Ignore, Pair, Side, What, compare_while};
use tapscope::keyring::Keyring;
use tapscope::ota::Messaging;
use tapscope::ota::application::Form;
use tapscope::session::demo as images;
use tapscope::trace::EventKind;

use super::support::demo::{self, Run};
use super::{Trace, against, identical, recorded, start, told, top_up, with};

#[test]
fn two_top_ups_that_differ_only_in_random_numbers_are_identical() {
    for (image, form) in [
        (images::PERSONALISED, Form::Example),
        (images::TWO_SETS, Form::TwoSets),
        (images::READER_ID, Form::ReaderId),
    ] {
        let run = |seed| {
            let mut run = Run::new(&start(image), seed).of(form);
            run.top_up(700, None).expect("tops up");
            run.spend(50).expect("spends");
            recorded(&run, &demo::keyring())
        };
        let (a, b) = (run(21), run(4021));
        assert_ne!(a.events, b.events);
        let comparison = against(&a, &b);
        assert_eq!(comparison.counts, identical(a.rows.len()), "{image}");
        assert!(comparison.is_identical() && a.rows.len() > 10);
        // What was passed over did differ.
        for aspect in [Aspect::Nonces, Aspect::TransactionId, Aspect::Macs] {
            let heeded = with(&a, &b, Ignore::default().with(aspect, false));
            assert!(heeded.counts.differs > 0, "{}", aspect.name());
        }
    }
    for messaging in [Messaging::Ev1, Messaging::Ev2] {
        let run = |seed| {
            let mut run = Run::new(&start(images::PERSONALISED), seed);
            run.top_up_over(messaging, 700).expect("tops up");
            recorded(&run, &demo::keyring())
        };
        let (a, b) = (run(21), run(4021));
        assert_ne!(a.events, b.events);
        assert_eq!(against(&a, &b).counts, identical(a.rows.len()));
    }
}

#[test]
fn one_changed_record_byte_is_told_as_that_byte() {
    let (a, mut b) = (top_up(1, 1000), top_up(2, 1000));
    let row = b.row("WriteRecord");
    let body = b.rows[row].command.as_mut().expect("plaintext");
    body[12] ^= 0x40;
    let (old, new) = (body[12] ^ 0x40, body[12]);
    let comparison = against(&a, &b);
    let [(at, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!((*at, field.side), (row, Side::Command));
    assert_eq!((&*field.name, &*field.path), ("Data", "command.Data"));
    let (piece_a, piece_b) = (field.a.as_ref().expect("A"), field.b.as_ref().expect("B"));
    // The command code is byte 0, the seven bytes of the header follow.
    for (piece, byte) in [(piece_a, old), (piece_b, new)] {
        assert_eq!((piece.offset, piece.bytes.len()), (8, 16));
        assert_eq!(piece.differing, slice::from_ref(&(13..14)));
        assert_eq!(piece.bytes[13 - 8], byte);
    }
    assert_eq!(field.first(), Some(13));
    assert_eq!(comparison.counts.same, a.rows.len() - 1);
}

#[test]
fn another_amount_is_told_in_each_field_that_holds_it() {
    let (a, b) = (top_up(1, 1000), top_up(2, 1001));
    let comparison = against(&a, &b);
    let texts: Vec<String> = told(&comparison)
        .iter()
        .flat_map(|(_, found)| found.iter().map(Difference::text))
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[0], "command Amount: 1000 in A, 1001 in B");
    assert!(texts[1].starts_with("command Data: "), "{texts:?}");
}

#[test]
fn the_next_top_up_of_a_card_has_another_balance_and_another_counter() {
    let mut run = Run::new(&start(images::PERSONALISED), 5);
    run.top_up(100, None).expect("tops up");
    let a = recorded(&run, &demo::keyring());
    let first = a.events.len();
    run.new_contact();
    run.top_up(100, None).expect("tops up");
    let mut events = run.session(images::PERSONALISED).events;
    events.drain(..first);
    let b = Trace::new(events, &demo::keyring());
    let comparison = against(&a, &b);
    let [(_, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(field.path, "response.Value");
    let heeded = with(&a, &b, Ignore::default().with(Aspect::Tmc, false));
    let [_, (row, [Difference::Field(tmc)])] = &told(&heeded)[..] else {
        panic!("{heeded:?}");
    };
    assert_eq!(
        (*row, &*tmc.path),
        (a.row("CommitTransaction"), "response.TMC")
    );
}

#[test]
fn a_missing_or_added_command_shifts_nothing() {
    let mut run = Run::new(&start(images::PERSONALISED), 5);
    for amount in [100, 200, 300] {
        run.top_up(amount, None).expect("tops up");
    }
    let a = recorded(&run, &demo::keyring());
    for missing in [0, 5, a.rows.len() / 2, a.rows.len() - 1] {
        let mut b = a.clone();
        b.rows.remove(missing);
        let comparison = against(&a, &b);
        assert_eq!(comparison.counts.same, b.rows.len(), "{missing}");
        let only = comparison.pairs.iter().filter(|pair| pair.differs());
        assert_eq!(only.collect::<Vec<_>>(), [&Pair::OnlyA { a: missing }]);
        let mirrored = against(&b, &a);
        assert!(mirrored.pairs.contains(&Pair::OnlyB { b: missing }));
        assert_eq!(mirrored.counts.only_b, 1);
    }
}

#[test]
fn commands_in_another_order_are_not_the_same() {
    let two = |first: &str, second: &str| {
        Trace::lines(&format!(
            "=> 905A00000399440100\n<= 9100\n=> 90{first}00000000\n<= {second}9100\n"
        ))
    };
    let all = "=> 905A00000399440100\n<= 9100\n";
    let [free, ids] = [
        "=> 906E000000\n<= 0010009100\n",
        "=> 906F000000\n<= 01029100\n",
    ];
    let (a, b) = (
        Trace::lines(&format!("{all}{free}{ids}")),
        Trace::lines(&format!("{all}{ids}{free}")),
    );
    let counts = against(&a, &b).counts;
    assert_eq!((counts.same, counts.only_a, counts.only_b), (2, 1, 1));
    // The same command with another answer is one pair.
    let (a, b) = (two("6E", "001000"), two("6E", "000800"));
    let comparison = against(&a, &b);
    let [(1, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(field.side, Side::Response);
    assert_eq!(
        field.a.as_ref().expect("A").differing,
        slice::from_ref(&(1..2))
    );
    // Another status is no plaintext and told too.
    let refused = Trace::lines(&format!("{all}=> 906E000000\n<= 911C\n"));
    let comparison = against(&two("6E", "001000"), &refused);
    let [(1, found)] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    let status = Difference::Value {
        what: What::Status,
        a: Some("9100".into()),
        b: Some("911C".into()),
    };
    assert!(found.contains(&status), "{found:?}");
}

#[test]
fn what_was_not_read_is_never_identical() {
    let (a, b) = (top_up(1, 1000), top_up(2, 1000));
    let blind = |trace: &Trace| Trace::new(trace.events.clone(), &Keyring::default());
    for (a, b) in [
        (blind(&a), blind(&b)),
        (a.clone(), blind(&b)),
        (blind(&a), b.clone()),
    ] {
        let comparison = against(&a, &b);
        assert!(!comparison.is_identical() && !comparison.differs());
        // The UID and the selection travel in clear.
        let Counts { same, unread, .. } = comparison.counts;
        assert_eq!((same, unread), (2, a.rows.len() - 2));
    }
    // A longer message is another one, whoever reads it.
    let mut longer = blind(&b);
    let row = longer.row("WriteRecord");
    let at = longer.rows[row].first_event;
    let EventKind::Command(frame) = &mut longer.events[at].kind else {
        panic!("a command");
    };
    frame[4] += 16;
    let end = frame.len() - 1;
    frame.splice(end..end, [0xA5; 16]);
    let comparison = against(&blind(&a), &longer);
    let [(_, [Difference::Value { what, .. }])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(*what, What::Length(Side::Command));
}

#[test]
fn a_gap_in_a_session_of_ev1_makes_no_difference_of_its_own() {
    let run = |seed| {
        let mut run = Run::new(&start(images::PERSONALISED), seed);
        run.top_up_over(Messaging::Ev1, 700).expect("tops up");
        recorded(&run, &demo::keyring())
    };
    let (a, b) = (run(1), run(2));
    let gone = &b.rows[b.row("GetValue")];
    let mut events = b.events.clone();
    events.drain(gone.first_event..=gone.last_event);
    let cut = Trace::new(events, &demo::keyring());
    let comparison = against(&a, &cut);
    assert_eq!(comparison.counts.only_a, 1);
    assert_eq!(told(&comparison), []);
    assert!(comparison.counts.unread > 0, "{:?}", comparison.counts);
}

#[test]
fn the_framing_is_no_meaning_unless_asked() {
    let wrapped = "=> 905A00000399440100\n<= 9100\n=> 90BD00000701000000020000 00\n<= A1B29100\n=> 906E000000\n<= 911C\n";
    let native = "=> 5A994401\n<= 00\n=> BD01000000020000\n<= 00A1B2\n=> 6E\n<= 1C\n";
    let (a, b) = (Trace::lines(wrapped), Trace::lines(native));
    assert_eq!(against(&a, &b).counts, identical(3));
    let heeded = with(&a, &b, Ignore::NOTHING);
    for (_, found) in told(&heeded) {
        let framing = Difference::Value {
            what: What::Framing,
            a: Some("wrapped".into()),
            b: Some("native".into()),
        };
        assert_eq!(found, [framing]);
    }
    assert_eq!(heeded.counts.differs, 3);
}

#[test]
fn a_longer_record_is_told_by_its_end() {
    let read = |answer: &str| {
        Trace::lines(&format!(
            "=> 905A00000399440100\n<= 9100\n=> 90BD0000070100000000000000\n<= {answer}9100\n"
        ))
    };
    let comparison = against(&read("A1B2C3"), &read("A1B2C3D4E5"));
    let [(1, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    let (a, b) = (field.a.as_ref().expect("A"), field.b.as_ref().expect("B"));
    assert_eq!(
        (&a.differing[..], &b.differing[..]),
        (slice::from_ref(&(3..3)), slice::from_ref(&(3..5)))
    );
    // Fields that one of the two does not have.
    let ids = |answer: &str| Trace::lines(&format!("=> 906A000000\n<= {answer}9100\n"));
    let comparison = against(&ids("014499"), &ids("014499025599"));
    let [(0, [Difference::Field(field)])] = &told(&comparison)[..] else {
        panic!("{comparison:?}");
    };
    let b = field.b.as_ref().expect("B");
    assert!(field.a.is_none() && b.differing == slice::from_ref(&(3..6)));
}

#[test]
fn a_hundred_thousand_exchanges_align_and_can_be_called_off() {
    let line = |number: u32| {
        let [a, b, ..] = number.to_le_bytes();
        let (a, b) = (hex::upper([a]), hex::upper([b]));
        format!("=> 90BD00000701{a}{b}0002000000\n<= {a}{b}9100\n")
    };
    let lines: Vec<String> = (0..50_000).map(line).collect();
    let mut text = lines.concat();
    let a = Trace::lines(&text);
    // A row more near the start, and one less near the end.
    text = [
        &lines[..10],
        &[line(60_000)],
        &lines[10..49_000],
        &lines[49_001..],
    ]
    .concat()
    .concat();
    let b = Trace::lines(&text);
    let counts = against(&a, &b).counts;
    assert_eq!(
        counts,
        Counts {
            only_a: 1,
            only_b: 1,
            ..identical(49_999)
        }
    );
    let mut asked = 0;
    let called_off = compare_while(a.decoded(), b.decoded(), Ignore::default(), &mut |_| {
        asked += 1;
        asked < 120_000
    });
    assert_eq!((called_off, asked), (None, 120_000));
}
