//! Files: data, values, records, transactions, creation and settings.

use super::super::Seen;
use super::super::pcd::{Pcd, Way};
use super::*;

pub(super) fn reads_and_writes(seen: &mut Seen) {
    let mut pcd = card();
    for (read, write) in [("BD", "3D"), ("AD", "8D")] {
        each(
            &mut pcd,
            &[
                (
                    Some(2),
                    &format!("{write} 01 000000 020000 CAFE"),
                    Full,
                    0x00,
                ),
                (Some(1), &format!("{read} 01 000000 020000"), Full, 0x00),
                (Some(1), &format!("{read} 0A 000000 020000"), Full, 0xF0),
                (Some(2), &format!("{write} 0A 000000 010000 AA"), Full, 0xF0),
                (Some(1), &format!("{read} 01 200000 010000"), Full, 0xBE),
                (Some(2), &format!("{write} 01 200000 010000 AA"), Full, 0xBE),
                (Some(1), &format!("{read} 06 000000 010000"), Plain, 0x9D),
                (
                    Some(2),
                    &format!("{write} 06 000000 010000 AA"),
                    Plain,
                    0x9D,
                ),
                (Some(4), &format!("{read} 01 000000 010000"), Full, 0xAE),
                (None, &format!("{write} 01 000000 010000 AA"), Full, 0xAE),
                (Some(2), &format!("{write} 01 000000 000000"), Full, 0x9E),
            ],
        );
    }
    seen.absorb(&pcd.seen);
}

pub(super) fn values(seen: &mut Seen) {
    let mut pcd = card();
    each(
        &mut pcd,
        &[
            (Some(1), "6C 03", Full, 0x00),
            (Some(1), "6C 0A", Full, 0xF0),
            (Some(1), "6C 07", Plain, 0x9D),
            (Some(4), "6C 03", Full, 0xAE),
        ],
    );
    for (command, limit) in [("0C", "50C30000"), ("DC", "E9030000"), ("1C", "FF000000")] {
        each(
            &mut pcd,
            &[
                (Some(3), &format!("{command} 03 00000000"), Full, 0x00),
                (Some(3), &format!("{command} 0A 01000000"), Full, 0xF0),
                (Some(3), &format!("{command} 03 FFFFFFFF"), Full, 0x9E),
                (Some(3), &format!("{command} 03 {limit}"), Full, 0xBE),
                (Some(3), &format!("{command} 07 01000000"), Plain, 0x9D),
                (Some(4), &format!("{command} 03 01000000"), Full, 0xAE),
            ],
        );
    }
    seen.absorb(&pcd.seen);
}

pub(super) fn records(seen: &mut Seen) {
    let mut pcd = card();
    let tmri = "C8 000102030405060708090A0B0C0D0E0F";
    for write in ["3B", "8B"] {
        each(
            &mut pcd,
            &[
                (Some(2), &format!("{write} 05 000000 000000"), Mac, 0x9E),
                (Some(2), &format!("{write} 0A 000000 010000 AA"), Mac, 0xF0),
                (
                    Some(2),
                    &format!("{write} 05 030000 020000 AABB"),
                    Mac,
                    0xBE,
                ),
                (
                    Some(2),
                    &format!("{write} 08 000000 010000 AA"),
                    Plain,
                    0x9D,
                ),
                (Some(4), &format!("{write} 05 000000 010000 AA"), Mac, 0xAE),
            ],
        );
        enter(&mut pcd, Some(3));
        pcd.ok(&format!("{write} 05 000000 040000 01020304"), Mac);
        let status = pcd.authenticate(Way::Again, 1, KeyType::Aes128, &DEFAULT);
        assert!(status.is_success(), "{status}");
        pcd.ok(tmri, Mac);
        pcd.ok("C7 01", Mac);
    }
    for update in ["DB", "BA"] {
        each(
            &mut pcd,
            &[
                (
                    Some(3),
                    &format!("{update} 05 000000 000000 010000 EE"),
                    Mac,
                    0x00,
                ),
                (
                    Some(3),
                    &format!("{update} 05 000000 000000 000000"),
                    Mac,
                    0x9E,
                ),
                (
                    Some(3),
                    &format!("{update} 0A 000000 000000 010000 EE"),
                    Mac,
                    0xF0,
                ),
                (
                    Some(3),
                    &format!("{update} 05 080000 000000 010000 EE"),
                    Mac,
                    0xBE,
                ),
                (
                    Some(3),
                    &format!("{update} 08 000000 000000 010000 EE"),
                    Plain,
                    0x9D,
                ),
                (
                    Some(4),
                    &format!("{update} 05 000000 000000 010000 EE"),
                    Mac,
                    0xAE,
                ),
            ],
        );
    }
    reading_and_clearing(&mut pcd);
    seen.absorb(&pcd.seen);
}

fn reading_and_clearing(pcd: &mut Pcd) {
    for read in ["BB", "AB"] {
        each(
            pcd,
            &[
                (Some(1), &format!("{read} 05 000000 010000"), Mac, 0x00),
                (Some(1), &format!("{read} 0A 000000 010000"), Mac, 0xF0),
                (Some(1), &format!("{read} 04 000000 000000"), Mac, 0xBE),
                (Some(1), &format!("{read} 08 000000 010000"), Plain, 0x9D),
                (Some(4), &format!("{read} 05 000000 010000"), Mac, 0xAE),
            ],
        );
    }
    each(
        pcd,
        &[
            (Some(2), "EB 05", Mac, 0x00),
            (Some(2), "EB 0A", Mac, 0xF0),
            (Some(2), "EB 08", Mac, 0x9D),
            (Some(4), "EB 05", Mac, 0xAE),
        ],
    );
}

pub(super) fn transactions(seen: &mut Seen) {
    let mut pcd = card();
    let tmri = "C8 000102030405060708090A0B0C0D0E0F";
    each(
        &mut pcd,
        &[
            (Some(1), "C7", Mac, 0x0C),
            (Some(1), "A7", Mac, 0x0C),
            (Some(1), "C7 02", Mac, 0x9E),
            (Some(2), tmri, Mac, 0xAE),
        ],
    );
    enter(&mut pcd, Some(3));
    pcd.ok("0C 03 01000000", Full);
    pcd.refused("C7", Mac, 0x9D);
    enter(&mut pcd, Some(3));
    pcd.ok("0C 03 01000000", Full);
    pcd.ok("A7", Mac);
    pcd.ok("5A 000000", Plain);
    pcd.ok("CA 445566 EF 81", Plain);
    pcd.ok("5A 445566", Plain);
    pcd.refused(tmri, Plain, 0x9D);
    seen.absorb(&pcd.seen);
}

pub(super) fn creating_files(seen: &mut Seen) {
    let tmac = format!("02 {TMAC_KEY} 00");
    for (ins, number_at_most, tail, bad, large) in CREATIONS {
        let is_tmac = *ins == "CE";
        let mode = if is_tmac { Full } else { Mac };
        let end = if is_tmac { tmac.as_str() } else { "" };
        let mut pcd = Pcd::new(&image(Product::DesfireEv3));
        pcd.refused(&format!("{ins} 01 {tail} {end}"), Plain, 0x9D);
        pcd.ok("CA 112233 EB 82", Plain);
        each(
            &mut pcd,
            &[
                (
                    Some(1),
                    &format!("{ins} {number_at_most} {tail} {end}"),
                    mode,
                    0xAE,
                ),
                (
                    Some(0),
                    &format!("{ins} {number_at_most} {bad} {end}"),
                    mode,
                    0x9E,
                ),
                (Some(0), &format!("{ins} 20 {tail} {end}"), mode, 0x9E),
            ],
        );
        if !large.is_empty() {
            each(
                &mut pcd,
                &[(Some(0), &format!("{ins} 01 {large}"), mode, 0x0E)],
            );
        }
        let mut full = Pcd::new(&pcd.card.image());
        fill(&mut full, matches!(*ins, "CD" | "CB"));
        each(
            &mut full,
            &[(Some(0), &format!("{ins} 01 {tail} {end}"), mode, 0x0E)],
        );
        seen.absorb(&full.seen);
        each(
            &mut pcd,
            &[
                (Some(0), &format!("{ins} 01 {tail} {end}"), mode, 0x00),
                (Some(0), &format!("{ins} 01 {tail} {end}"), mode, 0xDE),
            ],
        );
        seen.absorb(&pcd.seen);
    }
}

pub(super) fn file_settings(seen: &mut Seen) {
    let mut pcd = card();
    for ins in ["F5 01", "DF 01", "6F", "61"] {
        pcd.ok("5A 000000", Plain);
        pcd.refused(ins, Plain, 0x9D);
    }
    each(
        &mut pcd,
        &[
            (Some(0), "F5 01", Mac, 0x00),
            (Some(0), "F5 0A", Mac, 0xF0),
            (Some(0), "DF 0A", Mac, 0xF0),
            (Some(0), "6F", Mac, 0x00),
            (Some(0), "61", Mac, 0x00),
            (Some(0), "5F 02 01 3012", Full, 0x00),
            (Some(0), "5F 02 40 3012 00", Full, 0x9E),
            (Some(0), "5F 06 00 3012", Full, 0x9D),
            (Some(1), "5F 02 01 3012", Full, 0xAE),
            (Some(0), "5F 0A 01 3012", Full, 0xF0),
            (Some(0), "54 E9", Full, 0x00),
            (None, "F5 01", Plain, 0xAE),
            (None, "DF 01", Plain, 0xAE),
            (None, "6F", Plain, 0xAE),
            (None, "61", Plain, 0xAE),
            (None, "45", Plain, 0xAE),
            (Some(0), "45", Mac, 0x00),
            (Some(1), "54 EF", Full, 0xAE),
            (Some(0), "DF 01", Mac, 0x00),
            (Some(0), "54 E1", Full, 0x00),
            (Some(0), "54 E9", Full, 0x9D),
        ],
    );
    seen.absorb(&pcd.seen);
}

/// Takes the memory but for less than a file.
fn fill(pcd: &mut Pcd, to_the_end: bool) {
    pcd.ok("CA 445566 EF 80", Plain);
    pcd.ok("5A 445566", Plain);
    let [a, b, c] = hex::array::<3>(&pcd.ok("6E", Plain)).unwrap();
    let free = u32::from_le_bytes([a, b, c, 0]) - 32;
    let size = hex::upper(&free.to_le_bytes()[..3]);
    pcd.ok(&format!("CD 01 00 EEEE {size}"), Plain);
    if to_the_end {
        pcd.ok("CD 02 00 EEEE 010000", Plain);
    }
    pcd.ok("5A 000000", Plain);
}

/// Code; largest number; parameters that are good, bad, and too large for the card.
const CREATIONS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "CD",
        "1F",
        "00 EEEE 010000",
        "04 EEEE 010000",
        "00 EEEE FF1300",
    ),
    (
        "CB",
        "1F",
        "00 EEEE 010000",
        "00 EEEE 000000",
        "00 EEEE 000A00",
    ),
    (
        "CC",
        "1F",
        "00 EEEE 00000000 09000000 05000000 00",
        "00 EEEE 05000000 01000000 05000000 00",
        "",
    ),
    (
        "C1",
        "1F",
        "00 EEEE 010000 010000",
        "00 EEEE 000000 010000",
        "00 EEEE 000100 FF0000",
    ),
    (
        "C0",
        "1F",
        "00 EEEE 010000 020000",
        "00 EEEE 010000 010000",
        "00 EEEE 000100 FF0000",
    ),
    ("CE", "1F", "00 FF1F", "00 0011", ""),
];
