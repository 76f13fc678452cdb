//! Access-right words and key-settings bytes, both ways (DESFire reference §5.1, §5.3).

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::{Access, AccessRights, ApplicationKeys, KeySettings};

/// `access-bits`.
pub(super) const ACCESS: Topic = Topic {
    id: "access-bits",
    title: "Access rights",
    about: "The two bytes of a file's access conditions: Read, Write, Read and write, Change; 0 to D a key, E free, F never",
    fields: &[
        Field::new("bytes", "As on the wire", Kind::Bytes(&[2]), "Two bytes, least significant first: 30 12 is Read 1, Write 2, Read and write 3, Change 0").positional().optional(),
        CONDITION_READ,
        condition("write", "Write", "Who may write, as one digit"),
        condition("read-write", "Read and write", "Who may do both, and GetValue, Credit and Debit of value files, as one digit"),
        condition("change", "Change", "Who may change these settings, as one digit"),
    ],
    examples: &[
        Example { title: "A file read with key 1, written with key 2", values: &[("bytes", "3012")] },
        Example {
            title: "Four conditions to bytes",
            values: &[("read", "1"), ("write", "2"), ("read-write", "3"), ("change", "0")],
        },
    ],
    compute: access,
};

/// `key-settings`.
pub(super) const KEY_SETTINGS: Topic = Topic {
    id: "key-settings",
    title: "Key settings",
    about: "KS1 and KS2 bit by bit, as GetKeySettings answers and CreateApplication takes them",
    fields: &[
        Field::new("ks1", "KS1", Kind::Bytes(&[1]), "Key settings").positional(),
        Field::new(
            "ks2",
            "KS2",
            Kind::Bytes(&[1]),
            "Number and type of the keys; only of applications",
        )
        .optional(),
        Field::new(
            "level",
            "Level",
            Kind::Choice(&[
                Choice {
                    value: "application",
                    title: "Application",
                },
                Choice {
                    value: "picc",
                    title: "PICC",
                },
            ]),
            "Whose settings these are; the bits mean different things",
        )
        .or("application"),
    ],
    examples: &[Example {
        title: "All open, five AES keys",
        values: &[("ks1", "0F"), ("ks2", "85")],
    }],
    compute: key_settings,
};

const RIGHTS: &str = "DESFire reference §5.1";
const SETTINGS: &str = "DESFire reference §5.3";
const KEYS: &str = "DESFire reference §2.4.1";
const CONDITION_READ: Field = condition(
    "read",
    "Read",
    "Who may read, as one digit; the four digits make the bytes",
);

const fn condition(name: &'static str, label: &'static str, help: &'static str) -> Field {
    Field::new(name, label, Kind::Text, help).optional()
}

fn access(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let names = ["read", "write", "read-write", "change"];
    let digits: Vec<Option<Access>> = names
        .iter()
        .map(|name| {
            inputs
                .given_text(name)
                .map(|text| digit(name, text))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    let rights = match (inputs.given_array::<2>("bytes")?, digits.as_slice()) {
        (Some(_), [read, write, both, change])
            if [read, write, both, change].iter().any(|one| one.is_some()) =>
        {
            return Err(Slip::refused(
                "bytes",
                "Bytes and single conditions, one of the two expected",
            ));
        }
        (Some(bytes), _) => AccessRights::from_word(u16::from_le_bytes(bytes)),
        (None, [Some(read), Some(write), Some(read_write), Some(change)]) => AccessRights {
            read: *read,
            write: *write,
            read_write: *read_write,
            change: *change,
        },
        _ => {
            let missing = names.iter().zip(&digits).find(|(_, digit)| digit.is_none());
            let name = missing.map_or("bytes", |(name, _)| *name);
            let given = digits.iter().any(Option::is_some);
            let name = if given { name } else { "bytes" };
            return Err(Slip::refused(
                name,
                "Nothing given, two bytes or all four conditions expected",
            ));
        }
    };
    let wire = sheet.result("As on the wire", RIGHTS, rights.word().to_le_bytes())?;
    let rights = AccessRights::from_word(u16::from_le_bytes(wire));
    for (name, access) in [
        ("Read", rights.read),
        ("Write", rights.write),
        ("Read and write", rights.read_write),
        ("Change", rights.change),
    ] {
        sheet.fact(name, RIGHTS, who(access));
    }
    if rights.change == Access::Never {
        sheet.note("Change is F: these settings can never be changed again");
    }
    if [rights.read, rights.write, rights.read_write].contains(&Access::Free) {
        sheet.note(
            "E is free: without a session such access runs in plain, whatever the file's mode",
        );
    }
    Ok(())
}

fn digit(name: &str, text: &str) -> Result<Access, Slip> {
    let mut letters = text.chars();
    let nibble = letters.next().and_then(|letter| letter.to_digit(16));
    let nibble = nibble.and_then(|nibble| u8::try_from(nibble).ok());
    match (nibble, letters.next()) {
        (Some(nibble), None) => Ok(Access::from_nibble(nibble)),
        _ => Err(Slip::refused(
            name,
            format!("{text:?}, one digit of 0 to F expected"),
        )),
    }
}

fn who(access: Access) -> String {
    match access {
        Access::Key(key) => format!("key {key:X}"),
        Access::Free => "E, free".into(),
        Access::Never => "F, never".into(),
    }
}

fn key_settings(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let [ks1] = sheet.step("KS1", SETTINGS, inputs.array::<1>("ks1")?)?;
    let picc = inputs.text("level")? == "picc";
    let settings = KeySettings(ks1);
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    sheet.fact(
        "Bit 0: master key can be changed",
        SETTINGS,
        yes(settings.master_key_changeable()),
    );
    sheet.fact(
        "Bit 1: listing is free",
        SETTINGS,
        yes(settings.list_free()),
    );
    sheet.fact(
        "Bit 2: create and delete are free",
        SETTINGS,
        yes(settings.create_free()),
    );
    sheet.fact(
        "Bit 3: these settings can be changed",
        SETTINGS,
        yes(settings.settings_changeable()),
    );
    if !picc {
        let text = match settings.change_key() {
            Access::Key(0) => "key 0, the application master key".to_owned(),
            Access::Key(key) => format!("key {key:X} changes all other keys"),
            Access::Free => "E, each key changes itself".into(),
            Access::Never => "F, all keys but the master key are frozen".into(),
        };
        sheet.fact("Bits 7 to 4: ChangeKey", SETTINGS, text);
    }
    let Some(ks2) = inputs.given_array::<1>("ks2")? else {
        return Ok(());
    };
    let [ks2] = sheet.step("KS2", KEYS, ks2)?;
    let keys = ApplicationKeys(ks2);
    sheet.fact("Bits 3 to 0: keys", KEYS, keys.count().to_string());
    sheet.fact("Bit 4: KS3 follows", KEYS, yes(keys.has_ks3()));
    sheet.fact(
        "Bit 5: two-byte ISO file identifiers",
        KEYS,
        yes(keys.iso_fids()),
    );
    let kind = keys.key_type().map_or("not defined", |kind| kind.name());
    sheet.fact("Bits 7 and 6: key type", KEYS, kind);
    if keys.count() > 14 || keys.key_type().is_none() {
        sheet.verdict(
            "KS2",
            KEYS,
            false,
            "no card takes it: at most 14 keys, key type 00, 01 or 10",
        );
    }
    Ok(())
}
