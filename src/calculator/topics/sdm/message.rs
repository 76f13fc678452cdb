//! `sdm message`: the pieces of a message one by one.

use super::stages::{self, Given, Names};
use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::sdm::{Mirrored, Mode, ReadCtr};

/// `sdm message`.
pub(in crate::calculator::topics) const MESSAGE: Topic = Topic {
    id: "sdm message",
    title: "SDM message",
    about: "Session keys, MAC and file data of a tag's message, from its pieces; for a whole URL see SDM URL",
    fields: &[
        Field::new(
            "mode",
            "Mode",
            Kind::Choice(&[
                Choice {
                    value: "aes",
                    title: "AES",
                },
                Choice {
                    value: "lrp",
                    title: "LRP",
                },
            ]),
            "How the tag protects its messages",
        )
        .or("aes"),
        Field::new(
            "meta-key",
            "SDMMetaReadKey",
            Kind::Bytes(&[16]),
            "Deciphers PICC data",
        )
        .optional()
        .secret(),
        Field::new(
            "file-key",
            "SDMFileReadKey",
            Kind::Bytes(&[16]),
            "Gives the session keys of MAC and file data",
        )
        .secret(),
        Field::new(
            "picc-data",
            "PICC data",
            Kind::Bytes(&[16, 24]),
            "16 bytes of AES, 24 of LRP",
        )
        .optional(),
        Field::new(
            "uid",
            "UID",
            Kind::Bytes(&[7]),
            "Where it is mirrored in the clear",
        )
        .optional(),
        Field::new(
            "ctr",
            "SDMReadCtr",
            Kind::Bytes(&[3]),
            "Where it is mirrored in the clear: most significant byte first, as in the URL",
        )
        .optional(),
        Field::new(
            "enc",
            "File data",
            Kind::Bytes(&[]),
            "SDMENCFileData, whole blocks of 16 bytes",
        )
        .optional(),
        Field::new(
            "mac-input",
            "MAC input",
            Kind::Bytes(&[]),
            "The ASCII text that the MAC covers, as bytes; nothing when both offsets are the same",
        )
        .optional(),
        Field::new(
            "mac",
            "SDMMAC",
            Kind::Bytes(&[8]),
            "Of the message, to compare with; without it the MAC is made",
        )
        .optional(),
        Field::new(
            "tamper-at",
            "TTStatus at",
            Kind::Number(255),
            "Offset of the two letters in the deciphered file data",
        )
        .optional(),
    ],
    examples: &[Example {
        title: "sdm-backend, own keys",
        values: &[
            ("meta-key", "42AFF114F2CB3B6141BE6DC95DFC5416"),
            ("file-key", "B62A9BAF092439BD43C62AEE96B970C5"),
            ("picc-data", "8ACADDEF0A9B62CDAE39A16B83FC14DE"),
            ("enc", "B8436E11F627BB7F543FCC0C1E0D1A89"),
            (
                "mac-input",
                "4238343336453131463632374242374635343346434330433145304431413839",
            ),
            ("mac", "238B2543A8DEBAD8"),
        ],
    }],
    compute,
};

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let mode = match inputs.text("mode")? {
        "lrp" => Mode::Lrp,
        _ => Mode::Aes,
    };
    let picc = inputs.given("picc-data").map(<[u8]>::to_vec);
    let plain = Mirrored {
        uid: inputs.given_array("uid")?,
        ctr: inputs.given_array("ctr")?.map(ReadCtr::from_msb),
    };
    if picc.is_some() && plain != Mirrored::default() {
        return Err(Slip::refused(
            "picc-data",
            "PICC data and a plain UID or counter, one of the two expected",
        ));
    }
    let given = Given {
        mode,
        meta: inputs.given_array("meta-key")?,
        file: inputs.array("file-key")?,
        picc,
        plain,
        file_data: inputs.given("enc").map(<[u8]>::to_vec),
        mac_input: Some(inputs.given("mac-input").unwrap_or_default().to_vec()),
        mac: inputs.given_array("mac")?,
        tamper_at: inputs
            .given_number("tamper-at")
            .and_then(|at| usize::try_from(at).ok()),
    };
    let names = Names {
        picc: "picc-data",
        file_data: "enc",
        meta: "meta-key",
    };
    stages::compute(&given, sheet, names)
}
