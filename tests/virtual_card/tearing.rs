//! Power lost before every single write of non-volatile memory.

use super::host::*;
use tapscope::virtual_card::{Image, PowerLost};

type Step = (&'static str, tapscope::card::CommMode);

/// Tears every step before every write. Afterwards the card must hold the image from before the step or from
/// after it, and each of both must have been seen when the step writes at all.
fn tear(start: &dyn Fn() -> Host, steps: &[Step]) -> u32 {
    let mut images: Vec<Image> = Vec::new();
    let mut writes = Vec::new();
    let mut host = start();
    for (command, mode) in steps {
        images.push(host.card.image());
        host.call_unless_own_key(command, *mode).unwrap();
        writes.push(host.card.writes_of_last_command());
    }
    images.push(host.card.image());
    for (step, (command, mode)) in steps.iter().enumerate() {
        let (mut old, mut new) = (0, 0);
        for write in 0..writes[step] {
            let mut host = start();
            for (command, mode) in &steps[..step] {
                host.call_unless_own_key(command, *mode).unwrap();
            }
            host.card.tear_after(write);
            assert_eq!(
                host.call(command, *mode),
                Err(LOST),
                "{command} before write {write}"
            );
            assert_eq!(host.card.writes_of_last_command(), write);
            assert_eq!(
                host.card.exchange(&[0x60]),
                Err(PowerLost),
                "off until power on"
            );
            host.card.power_on();
            let image = host.card.image();
            old += u32::from(image == images[step]);
            new += u32::from(image == images[step + 1]);
            assert_eq!(
                old + new,
                write + 1,
                "{command}: mixed before write {write}"
            );
            host.select();
            assert_eq!(host.native("C7"), "0C", "nothing is pending");
        }
        assert_eq!(old > 0 && new > 0, writes[step] > 0, "{command}");
    }
    writes.iter().sum()
}

impl Host {
    fn call_unless_own_key(
        &mut self,
        command: &str,
        mode: tapscope::card::CommMode,
    ) -> Result<Vec<u8>, u8> {
        if command.starts_with("C400") {
            self.call_unchecked(command, mode)
        } else {
            self.call(command, mode)
        }
    }
}

/// A card with a history: records in the ring, a transaction counter, a reader identifier.
fn used(key_no: u8) -> Host {
    let mut host = Host::personalised('3');
    host.authenticate(3, 3).unwrap();
    for number in 1..=4 {
        host.ok(&format!("C8 0{number}112233445566778899AABBCCDDEEFF"), Mac);
        host.ok(
            &format!("3B 05 000000 100000 0{number}F1E2D3C4B5A69788796A5B4C3D2E1F"),
            Mac,
        );
        host.ok("DC 03 0A000000", Full);
        host.ok("C701", Mac);
    }
    host.authenticate(key_no, key_no).unwrap();
    host
}

#[test]
fn a_top_up_is_all_old_or_all_new() {
    let writes = tear(
        &|| used(3),
        &[
            ("C8 F0E1D2C3B4A5968778695A4B3C2D1E0F", Mac),
            ("0C 03 F4010000", Full),
            ("3B 05 000000 100000 A1B2C3D4E5F60718293A4B5C6D7E8F90", Mac),
            ("3D 02 050000 030000 112233", Mac),
            ("DB 05 010000 020000 020000 4455", Mac),
            ("C701", Mac),
        ],
    );
    assert!(writes > 50);
}

#[test]
fn keys_files_and_settings_change_whole_or_not() {
    tear(
        &|| used(0),
        &[
            ("CC 08 03 3012 00000000 50C30000 39300000 01", Mac),
            ("CD 09 09E1 00 3012 100000", Mac),
            ("5F 01 83 3012 01 FF4F", Full),
        ],
    );
    tear(&|| used(0), &[("DF 05", Mac), ("DF 03", Mac)]);
    tear(&|| used(3), &[("3D 01 030000 060000 A1A2A3A4A5A6", Full)]);
    let own = ("C400 11223344556677889900AABBCCDDEEF1 42", Full);
    tear(&|| used(0), &[own]);
}

#[test]
fn another_key_changes_whole_or_not() {
    let command: &'static str = change_key(2, 2, 42, 0x99).leak();
    tear(&|| used(0), &[(command, Full)]);
}

#[test]
fn a_commit_torn_after_its_mark_is_completed_by_recovery() {
    let run = |tear: Option<u32>| {
        let mut host = used(3);
        host.ok("C8 F0E1D2C3B4A5968778695A4B3C2D1E0F", Mac);
        host.ok("0C 03 F4010000", Full);
        if let Some(write) = tear {
            host.card.tear_after(write);
        }
        let result = host.call("C701", Mac);
        (host, result)
    };
    let (done, result) = run(None);
    result.unwrap();
    let last = done.card.writes_of_last_command() - 1;
    let (mut host, result) = run(Some(last));
    assert_eq!(result, Err(LOST));
    assert_eq!(
        host.card.image(),
        done.card.image(),
        "seen before the power is back"
    );
    host.tap();
    host.authenticate(3, 3).unwrap();
    assert_eq!(host.ok("6C03", Full), "B4050000");
    // Key 3 is that of CommitReaderID; key 1 reads.
    host.authenticate(1, 1).unwrap();
    assert_eq!(host.ok("BD 0F 000000 040000", Plain), "05000000");
}

#[test]
fn a_fault_is_used_up_by_a_command_with_fewer_writes() {
    let mut host = used(3);
    host.card.tear_after(0);
    host.ok("6C03", Full);
    host.ok("C8 F0E1D2C3B4A5968778695A4B3C2D1E0F", Mac);
    host.ok("C701", Mac);
    assert!(host.card.writes_of_last_command() > 0);
}
