//! The run: cards of both ends of the table, and commands that bring about one outcome each.

mod files;
mod iso;
mod levels;

use super::Seen;
use super::documented::NOT_BUILT;
use super::pcd::{Pcd, Way};
use tapscope::bytes::hex;
use tapscope::card::CommMode::{self, Full, Mac, Plain};
use tapscope::card::product::{Generation, Product};
use tapscope::card::{ApplicationKeys, KeySettings, KeyType};
use tapscope::command::{Command, Rule, spec};
use tapscope::virtual_card::{Image, KeyImage, Profile};

const UID: [u8; 7] = [0x04, 0x16, 0x27, 0x38, 0x49, 0x5A, 0x80];
const MASTER: [u8; 16] = *b"\x4D\x12\xA7\x03\x9E\x58\xF1\x26\xB8\x6C\x05\xDA\x71\x3F\xE4\x90";
/// Of every application.
const DEFAULT: [u8; 16] = *b"\xC5\x71\x0A\xB3\x2E\x94\x48\xDF\x60\x1D\xF7\x8B\x35\xAC\x52\xE9";
const OTHER: [u8; 16] = *b"\x19\xE2\x7C\x40\xD5\x0B\xA8\x63\xF4\x97\x2A\x5E\xC1\x86\x3D\x70";
const TMAC_KEY: &str = "A1B2C3D4E5F60718293A4B5C6D7E8F90";

/// A card with an AES master key.
fn image(product: Product) -> Image {
    Image {
        default_key: KeyImage::new([&DEFAULT[..], &[0; 8]].concat(), 0),
        ..Image::blank(product, UID, MASTER)
    }
}

/// Application `112233` with all types of file; rights are read 1, write 2, both 3, change 0. `06` to `08` are closed to
/// everybody, `0F` is the TransactionMAC file, which asks for a reader by key 1.
fn card() -> Pcd {
    let mut pcd = Pcd::new(&image(Product::DesfireEv3));
    pcd.card.set_profile(Profile {
        failures_before_delay: 0,
        ..Profile::default()
    });
    pcd.ok("CA 112233 EF 85", Plain);
    enter(&mut pcd, Some(0));
    for create in [
        "CD 01 03 3012 200000",
        "CB 02 01 3012 200000",
        "CC 03 03 3012 00000000 50C30000 E8030000 01",
        "C1 04 01 3012 040000 020000",
        "C0 05 01 3012 040000 040000",
        "CD 06 00 FFFF 010000",
        "CC 07 00 FFFF 00000000 50C30000 E8030000 00",
        "C1 08 00 FFFF 040000 020000",
    ] {
        pcd.ok(create, Mac);
    }
    pcd.ok(&format!("CE 0F 00 101F 02 {TMAC_KEY} 01"), Full);
    pcd
}

/// Selects the application and opens an EV2 session.
fn enter(pcd: &mut Pcd, key_no: Option<u8>) {
    pcd.ok("5A 112233", Plain);
    if let Some(key_no) = key_no {
        let status = pcd.authenticate(Way::Ev2, key_no, KeyType::Aes128, &DEFAULT);
        assert!(status.is_success(), "{status}");
    }
}

/// At PICC level, in an EV2 session with the master key.
fn master(product: Product) -> Pcd {
    let mut pcd = Pcd::new(&image(product));
    log_in(&mut pcd);
    pcd
}

fn log_in(pcd: &mut Pcd) {
    pcd.ok("5A 000000", Plain);
    let status = pcd.authenticate(Way::Ev1, 0, KeyType::Aes128, &MASTER);
    assert!(status.is_success(), "{status}");
}

type Case<'a> = (Option<u8>, &'a str, CommMode, u8);

/// Commands in the application, each entered anew with its key.
fn each(pcd: &mut Pcd, cases: &[Case<'_>]) {
    for (key_no, command, mode, status) in cases {
        enter(pcd, *key_no);
        pcd.refused(command, *mode, *status);
    }
}

/// Everything.
pub(crate) fn everything() -> Seen {
    let mut seen = Seen::default();
    for part in [
        lengths_and_chains,
        later_generations,
        bad_macs,
        files::reads_and_writes,
        files::values,
        files::records,
        files::transactions,
        files::creating_files,
        files::file_settings,
        levels::applications,
        levels::whole_card,
        levels::keys,
        levels::authentications,
        iso::iso_selection,
        iso::iso_files,
        iso::iso_authentication,
    ] {
        part(&mut seen);
    }
    seen
}

/// `7E` and `CA` of every command.
fn lengths_and_chains(seen: &mut Seen) {
    for row in (0..=u8::MAX).filter_map(spec) {
        let ins = hex::upper([row.ins]);
        let mut pcd = card();
        pcd.tap();
        assert_eq!(pcd.raw("60")[..2], *"AF");
        assert_eq!(pcd.raw(&ins), "CA", "{}", row.name);
        if !NOT_BUILT.contains(&row.ins) {
            enter(&mut pcd, None);
            let alone = Command::from_body(row.ins, &[]);
            let body = if alone.is_ok() {
                "00".repeat(60)
            } else {
                String::new()
            };
            assert_eq!(pcd.raw(&format!("{ins}{body}")), "7E", "{}", row.name);
        }
        seen.absorb(&pcd.seen);
    }
}

/// `1C` of every command that an EV1 does not have, and of those that nobody has yet.
fn later_generations(seen: &mut Seen) {
    for row in (0..=u8::MAX).filter_map(spec) {
        let ins = hex::upper([row.ins]);
        if row.since > Generation::Ev1 {
            let mut pcd = Pcd::new(&image(Product::DesfireEv1));
            assert_eq!(pcd.raw(&ins), "1C", "{}", row.name);
            seen.absorb(&pcd.seen);
        }
        if NOT_BUILT.contains(&row.ins) {
            let mut pcd = Pcd::new(&image(Product::DesfireEv3));
            assert_eq!(pcd.raw(&ins), "1C", "{}", row.name);
            seen.absorb(&pcd.seen);
        }
    }
}

/// `1E` of every command that a session protects: a MAC of zeros.
fn bad_macs(seen: &mut Seen) {
    for row in (0..=u8::MAX).filter_map(spec) {
        if matches!(row.rule, Rule::Plain | Rule::Authentication) || NOT_BUILT.contains(&row.ins) {
            continue;
        }
        let file = match row.ins {
            0x6C | 0x0C | 0xDC | 0x1C => "03",
            0x3B | 0x8B | 0xDB | 0xBA | 0xBB | 0xAB | 0xEB => "05",
            _ => "02",
        };
        let body = match row.ins {
            0x3D | 0x8D | 0x3B | 0x8B => format!("{file} 000000 010000 AA"),
            0xDB | 0xBA => format!("{file} 000000 000000 010000 AA"),
            _ => file.to_owned(),
        };
        let mut pcd = card();
        enter(&mut pcd, Some(if row.ins == 0x5F { 0 } else { 3 }));
        let frame = format!("{:02X} {body} 0000000000000000", row.ins);
        assert_eq!(pcd.raw(&frame), "1E", "{}", row.name);
        seen.absorb(&pcd.seen);
    }
}
