//! Whatever is said in whatever mode and framing: the three ends understand the same.

use proptest::prelude::*;

use tapscope::apdu::FrameForm;
use tapscope::card::CommMode;
use tapscope::command::{Command, Rule, spec};
use tapscope::secure_messaging::{Verdict, Verdicts};

use super::card::{AID, CYCLIC, Plan, STANDARD};
use super::ends::{Ends, Seen};
use super::model::{KINDS, Model, Planned, Raw};

/// NonFirst instead of a command.
const NON_FIRST: u8 = KINDS;
/// GetVersion, whose answer always has three frames.
const VERSION: u8 = KINDS + 1;

/// Sends a command that must succeed, and compares what host, card and observer make of it.
fn exchange(ends: &mut Ends, (command, file_mode, answer): Planned) {
    let frame = command.frame();
    let mode = used_mode(ends, &command, file_mode);
    let ctr = ends
        .host
        .session()
        .map(tapscope::secure_messaging::Ev2::ctr);
    let seen = ends.command(command.clone(), file_mode);
    let reply = seen.outcome.as_ref().unwrap();
    assert!(reply.status.is_success(), "{command:?}: {}", reply.status);
    assert_eq!(reply.data, answer, "{command:?}: host against card");
    let row = &seen.row;
    assert_eq!(
        row.command,
        Some(frame.body()),
        "{command:?}: host against observer"
    );
    assert_eq!(
        row.response,
        Some(answer),
        "{command:?}: observer against card"
    );
    assert_eq!(row.mode, Some(mode), "{command:?}");
    assert_eq!(row.ctr, ctr, "{command:?}: CmdCtr");
    assert_eq!((row.ins, row.aid), (frame.ins, Some(AID)));
    assert_eq!(row.findings, [], "{command:?}");
    assert_eq!(
        row.verdicts,
        verdicts(&seen, mode, &command),
        "{command:?} {mode}"
    );
    let moved = ends
        .host
        .session()
        .map(tapscope::secure_messaging::Ev2::ctr);
    assert_eq!(moved, ctr.map(|ctr| ctr + 1));
}

/// Each check that the mode asks for is `ok`, every other is `none`.
fn verdicts(seen: &Seen, mode: CommMode, command: &Command) -> Verdicts {
    let row = &seen.row;
    let protected = Verdict::from_bool(true);
    let mut verdicts = Verdicts::default();
    if mode != CommMode::Plain {
        verdicts.command_mac = protected;
        verdicts.response_mac = protected;
        verdicts.counter = protected;
    }
    let data = row.command.as_ref().unwrap().len() > row.header_len;
    if mode == CommMode::Full && (data || !row.response.as_ref().unwrap().is_empty()) {
        verdicts.padding = protected;
    }
    if matches!(command, Command::CommitTransaction(commit) if commit.option == Some(1)) {
        verdicts.tmv = protected;
    }
    verdicts
}

fn used_mode(ends: &Ends, command: &Command, file_mode: CommMode) -> CommMode {
    match spec(command.frame().ins).unwrap().rule {
        _ if ends.host.session().is_none() => CommMode::Plain,
        Rule::Mac => CommMode::Mac,
        Rule::Full => CommMode::Full,
        Rule::File | Rule::FullUnlessFree => file_mode,
        Rule::Plain | Rule::Authentication => CommMode::Plain,
    }
}

/// A key that hides no mistake: neither zero nor the same when read backwards or in halves.
fn key() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>().prop_filter("zero or symmetric", |key| {
        let backwards = key.iter().rev().ne(key.iter());
        let (left, right) = key.split_at(8);
        backwards && left != right
    })
}

fn mode() -> impl Strategy<Value = CommMode> {
    prop::sample::select(vec![CommMode::Plain, CommMode::Mac, CommMode::Full])
}

fn plan() -> impl Strategy<Value = Plan> {
    let keys = (prop::array::uniform3(key()), key());
    let uid = any::<[u8; 6]>().prop_map(|[a, b, c, d, e, f]| [0x04, a, b, c, d, e, f]);
    let modes = prop::array::uniform5(mode());
    let access = prop::sample::select(vec![
        (true, false),
        (true, false),
        (true, true),
        (false, true),
    ]);
    let reader_id = prop::sample::select(vec![0x01_u8, 0x02, 0x0E, 0x0F]);
    (keys, uid, modes, access, reader_id, any::<u32>()).prop_map(
        |((keys, tmac_key), uid, modes, (session, free), reader_id, seed)| Plan {
            keys,
            tmac_key,
            uid,
            modes,
            free,
            session,
            reader_id,
            seed: u64::from(seed),
        },
    )
}

fn raw() -> impl Strategy<Value = Raw> {
    // Lengths at block boundaries come up often, and every length up to 600 may.
    let length = prop_oneof![
        0..=70_usize,
        0..=600_usize,
        (1..=37_usize).prop_map(|n| n * 16)
    ];
    let data = length.prop_flat_map(|length| prop::collection::vec(any::<u8>(), length));
    let cuts = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(0..=200_u8, 0..8),
        prop::collection::vec(1..=3_u8, 0..40)
    ];
    let numbers = (0..=VERSION, any::<u16>(), any::<u16>());
    (numbers, any::<[bool; 3]>(), data, cuts).prop_map(
        |((kind, a, b), [other, iso, native], data, cuts)| Raw {
            kind,
            other,
            iso,
            native,
            a,
            b,
            data,
            cuts,
        },
    )
}

/// How the host cuts: the first frame holds at least the header.
fn parts(command: &Command, cuts: &[u8]) -> Vec<usize> {
    let header = match command {
        Command::WriteData(_) | Command::WriteRecord(_) => 7,
        Command::UpdateRecord(_) => 10,
        _ => return Vec::new(),
    };
    let mut parts: Vec<usize> = cuts.iter().copied().map(usize::from).collect();
    if let Some(first) = parts.first_mut() {
        *first += header;
    }
    parts
}

fn converse(plan: &Plan, raws: &[Raw]) {
    let mut ends = Ends::new(plan);
    let mut model = Model::new(plan);
    ends.open();
    for file_no in STANDARD..=CYCLIC {
        exchange(&mut ends, model.file_settings(file_no));
    }
    let version = ends.must(super::card::get_version(), CommMode::Plain);
    for raw in raws {
        let form = if raw.native {
            FrameForm::Native
        } else {
            FrameForm::Wrapped
        };
        ends.host.set_form(form);
        match raw.kind {
            NON_FIRST if plan.session => {
                model.key_no = 1 + u8::from(raw.other);
                ends.authenticate(false, model.key_no);
            }
            NON_FIRST => {}
            VERSION => {
                let answer = version.clone();
                exchange(
                    &mut ends,
                    (super::card::get_version(), CommMode::Plain, answer),
                );
            }
            _ => {
                if let Some(planned) = model.next(raw) {
                    ends.host.set_parts(parts(&planned.0, &raw.cuts));
                    exchange(&mut ends, planned);
                }
            }
        }
        model.compare(&ends.application());
    }
    if let Some(commit) = model.commit(Some(1)) {
        exchange(&mut ends, commit);
    }
    model.compare(&ends.application());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn host_card_and_observer_see_the_same(plan in plan(), raws in prop::collection::vec(raw(), 1..24)) {
        converse(&plan, &raws);
    }
}

/// Every length from 1 to 600, in every mode, under both codes, cut in the ordinary way and in another.
#[test]
fn every_length_is_written_and_read_back() {
    for mode in [CommMode::Plain, CommMode::Mac, CommMode::Full] {
        let plan = super::fixed_plan(mode);
        let mut ends = Ends::new(&plan);
        let mut model = Model::new(&plan);
        ends.open();
        for length in 1..=600_u16 {
            let write = Raw {
                kind: 1,
                other: length % 3 == 0,
                iso: length % 2 == 0,
                native: length % 5 == 0,
                a: length.wrapping_mul(7),
                b: 0,
                data: (0..length).map(|i| (i ^ length).to_le_bytes()[0]).collect(),
                cuts: if length % 4 == 0 {
                    vec![0, 1, 99]
                } else {
                    Vec::new()
                },
            };
            let read = Raw {
                kind: 0,
                other: false,
                a: 0,
                b: length,
                ..write.clone()
            };
            for raw in [write, read] {
                let planned = model.next(&raw).unwrap();
                ends.host.set_parts(parts(&planned.0, &raw.cuts));
                exchange(&mut ends, planned);
            }
        }
        exchange(&mut ends, model.commit(Some(1)).unwrap());
        model.compare(&ends.application());
    }
}
