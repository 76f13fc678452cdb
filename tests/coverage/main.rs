//! Which pairs of command and outcome the card's entry point has executed, measured in one run: success and every
//! documented refusal of every command of the table. What is not reached fails, unless it is left out with a reason.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod documented;
#[path = "../support/pcd.rs"]
mod pcd;
mod run;

use std::collections::BTreeSet;

use documented::{ISO, LEFT_OUT, NATIVE, NOT_BUILT};
use tapscope::apdu::{AF, CommandApdu, FrameForm};
use tapscope::card::product::Generation;
use tapscope::command::{IsoSpec, Rule, Spec, iso_spec, spec};

/// Outcomes that were seen.
#[derive(Default)]
pub(crate) struct Seen {
    native: BTreeSet<(u8, u8)>,
    iso: BTreeSet<(u8, u16)>,
}

impl Seen {
    /// Takes what went over the wire. `AF` is no outcome: the command is not at its end.
    pub(crate) fn absorb(&mut self, frames: &[(Vec<u8>, Vec<u8>)]) {
        for (command, answer) in frames {
            let apdu = CommandApdu::parse(command);
            match (apdu.form, answer.as_slice()) {
                (FrameForm::Native, [status, ..]) if *status != AF => {
                    self.native.insert((apdu.ins, *status));
                }
                (FrameForm::Iso, [.., high, low]) => {
                    let low = if *high == 0x6C { 0 } else { *low };
                    self.iso
                        .insert((apdu.ins, u16::from_be_bytes([*high, low])));
                }
                _ => {}
            }
        }
    }
}

/// The general refusals of a command (DESFire reference §2, before §2.1).
fn general(row: &Spec) -> Vec<u8> {
    let mut all = vec![0x7E, 0xCA];
    if row.since > Generation::Ev1 {
        all.push(0x1C);
    }
    if !matches!(row.rule, Rule::Plain | Rule::Authentication) {
        all.push(0x1E);
    }
    all
}

#[test]
fn success_and_every_documented_refusal_of_every_command() {
    let seen = run::everything();
    let mut missing = Vec::new();
    let (mut pairs, mut commands) = (0, 0);
    for row in (0..=u8::MAX).filter_map(spec) {
        if NOT_BUILT.contains(&row.ins) {
            let answers = seen.native.iter().filter(|(ins, _)| *ins == row.ins);
            let answers: Vec<u8> = answers.map(|(_, status)| *status).collect();
            assert_eq!(answers, [0x1C, 0xCA], "{} is built now", row.name);
            continue;
        }
        commands += 1;
        let special = NATIVE.iter().filter(|(codes, _)| codes.contains(&row.ins));
        let special = special.flat_map(|(_, statuses)| statuses.iter().copied());
        for status in general(row).into_iter().chain(special).chain([0x00]) {
            let pair = (row.ins, status);
            let reason = LEFT_OUT
                .iter()
                .find(|(ins, status, _)| (*ins, *status) == pair);
            let was_seen = seen.native.contains(&pair);
            pairs += 1;
            match reason {
                Some((_, _, why)) => assert!(!was_seen, "{} {status:02X} came: {why}", row.name),
                None if !was_seen => {
                    missing.push(format!("{:02X} {} {status:02X}", row.ins, row.name));
                }
                None => {}
            }
        }
    }
    for row in (0..=u8::MAX).filter_map(iso_spec) {
        commands += 1;
        let IsoSpec { ins, name, .. } = row;
        let (_, words) = ISO.iter().find(|(code, _)| code == ins).unwrap();
        for word in words.iter().chain(&[0x9000]) {
            pairs += 1;
            if !seen.iso.contains(&(*ins, *word)) {
                missing.push(format!("{ins:02X} {name} {word:04X}"));
            }
        }
    }
    println!(
        "{commands} commands, {pairs} documented pairs, {} left out",
        LEFT_OUT.len()
    );
    assert!(missing.is_empty(), "not reached:\n{}", missing.join("\n"));
}

#[test]
fn every_documented_status_has_a_row_and_a_meaning() {
    use tapscope::apdu::Status;
    for (codes, statuses) in NATIVE {
        for code in *codes {
            assert!(spec(*code).is_some(), "{code:02X}");
        }
        for status in *statuses {
            assert!(Status::Native(*status).meaning().is_some(), "{status:02X}");
        }
    }
    for (_, words) in ISO {
        for word in *words {
            assert!(Status::Iso(*word).meaning().is_some(), "{word:04X}");
        }
    }
}
