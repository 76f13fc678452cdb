//! Checksums of the secure messaging (DESFire reference §4.1).

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::crypto::crc;

/// `crc`.
pub(super) const CRC: Topic = Topic {
    id: "crc",
    title: "CRC",
    about: "The checksums of D40 (CRC16) and EV1 and of key cryptograms (CRC32), least significant byte first",
    fields: &[
        Field::new("data", "Data", Kind::Bytes(&[]), "Bytes that the checksum is over; in EV1 with command code and header, in answers with the status").positional(),
        Field::new(
            "flavour",
            "Flavour",
            Kind::Choice(&[
                Choice { value: "all", title: "All three" },
                Choice { value: "crc16", title: "CRC16 of D40" },
                Choice { value: "crc16b", title: "CRC_B" },
                Choice { value: "crc32", title: "CRC32 of EV1" },
            ]),
            "Which checksum",
        )
        .or("all"),
        Field::new("crc", "Received", Kind::Bytes(&[2, 4]), "A checksum to compare with, as it crossed the interface").optional(),
    ],
    examples: &[Example {
        title: "Seven bytes of a UID and status 00, EV1",
        values: &[("data", "04440F3276318000"), ("flavour", "crc32")],
    }],
    compute,
};

const SECTION: &str = "DESFire reference §4.1";

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let data = inputs.bytes("data")?;
    let wanted = inputs.text("flavour")?;
    let takes = |name: &str| wanted == name || wanted == "all";
    let mut results: Vec<(&str, Vec<u8>)> = Vec::new();
    if takes("crc16") {
        let crc = sheet.result(
            "CRC16",
            "DESFire reference §4.2, preset 6363",
            crc::crc16(data),
        )?;
        results.push(("CRC16", crc.to_vec()));
    }
    if takes("crc16b") {
        let crc = sheet.result("CRC_B", "ISO 14443-3", crc::crc16b(data))?;
        results.push(("CRC_B", crc.to_vec()));
    }
    if takes("crc32") {
        let crc = sheet.result("CRC32", SECTION, crc::crc32(data))?;
        results.push(("CRC32", crc.to_vec()));
    }
    let Some(received) = inputs.given("crc") else {
        return Ok(());
    };
    let fitting = results.iter().find(|(_, crc)| crc == received);
    let same_length = results.iter().find(|(_, crc)| crc.len() == received.len());
    match fitting.or(same_length) {
        Some((name, crc)) => {
            sheet.check(format!("Received, as {name}"), SECTION, crc, received);
        }
        None => {
            return Err(Slip::refused(
                "crc",
                format!("{} bytes, not the length of {wanted}", received.len()),
            ));
        }
    }
    Ok(())
}
