//! File settings and GetVersion taken apart (DESFire reference §2.5, §8.3).

use super::spans;
use crate::bytes::Reader;
use crate::calculator::{Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::Version;
use crate::card::identity::Identity;
use crate::card::settings::FileSettings;

/// `file-settings`.
pub(super) const FILE_SETTINGS: Topic = Topic {
    id: "file-settings",
    title: "File settings",
    about: "What GetFileSettings answers, byte by byte; change a byte and see what it means",
    fields: &[Field::new(
        "bytes",
        "Answer",
        Kind::Bytes(&[]),
        "FileType, FileOption, AccessRights and what follows, without status and MAC",
    )
    .positional()],
    examples: &[
        Example {
            title: "Value file with two sets of access conditions",
            values: &[("bytes", "0283301200000000 50C30000 00000000 01 01 1F20")],
        },
        Example {
            title: "TransactionMAC file",
            values: &[("bytes", "0500F0EF0201")],
        },
    ],
    compute: file_settings,
};

/// `identify`.
pub(super) const IDENTIFY: Topic = Topic {
    id: "identify",
    title: "GetVersion",
    about: "Product, generation, storage and production week from the answer of GetVersion",
    fields: &[Field::new(
        "version",
        "Answer",
        Kind::Bytes(&[28, 29]),
        "The three frames one after the other, without status",
    )
    .positional()],
    examples: &[Example {
        title: "A DESFire EV3 of week 40, 2024",
        values: &[(
            "version",
            "04010133001805 04010103001805 04112233445566 2113623030 40 24",
        )],
    }],
    compute: identify,
};

fn file_settings(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    const SECTION: &str = "DESFire reference §2.5";
    let bytes = sheet.step("Answer", SECTION, inputs.bytes("bytes")?.to_vec())?;
    let (settings, bytes) = spans::fields(sheet, "bytes", SECTION, &bytes, FileSettings::read)?;
    sheet.fact("File type", SECTION, settings.kind.name());
    sheet.fact("Communication mode", SECTION, settings.mode().name());
    let mut again = Vec::new();
    settings.emit(&mut again);
    sheet.check("Written again", SECTION, &again, &bytes);
    Ok(())
}

fn identify(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    const SECTION: &str = "DESFire reference §8.3";
    let bytes = sheet.step("Answer", SECTION, inputs.bytes("version")?.to_vec())?;
    let (version, _) = spans::fields(sheet, "version", SECTION, &bytes, |r: &mut Reader<'_>| {
        Version::read(r)
    })?;
    let mut identity = Identity::by_atr(&[]);
    identity.take_version(version.clone());
    sheet.fact("Product", SECTION, identity.text());
    sheet.fact("Storage", SECTION, version.hardware.storage_text());
    let (week, year) = (version.week & 0x7F, version.year);
    sheet.fact(
        "Produced",
        SECTION,
        format!("week {week:02X} of 20{year:02X}"),
    );
    if version.uid == [0; 7] {
        sheet.note("The UID is all zero: the card shows a random one, GetCardUID in a session gives the real one");
    }
    Ok(())
}
