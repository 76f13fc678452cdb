//! Transaction MAC: session keys, TMI from the operations, TMV, reader identifiers (DESFire reference §6).

mod compute;
mod key;

pub(in crate::calculator) use compute::{keys, options};
pub(in crate::calculator) use key::{of_card, rule};

use crate::calculator::{Choice, Example, Field, Kind, Topic};

/// `tmac`.
pub(in crate::calculator) const TMAC: Topic = Topic {
    id: "tmac",
    title: "Transaction MAC",
    about: "Session keys from key, UID and TMC, the TMI from the operations of a transaction, its TMV and reader identifiers",
    fields: &[
        Field::new(
            "key",
            "AppTransactionMACKey",
            Kind::Bytes(&[16]),
            "Key of the TransactionMAC file, as CreateTransactionMACFile set it",
        )
        .secret(),
        Field::new(
            "uid",
            "UID",
            Kind::Bytes(&[7]),
            "The real UID, also of a card with random UID: GetCardUID tells it",
        ),
        MODE,
        Field::new(
            "tmc",
            "TMC",
            Kind::Counter(4),
            "Counter as CommitTransaction returned it, one more than before the commit; not needed with the answer of the commit",
        )
        .optional()
        .when("mode", &["aes"]),
        Field::new(
            "act-tmc",
            "actTMC",
            Kind::Counter(2),
            "First half of the returned counter in an application with LRP",
        )
        .optional()
        .when("mode", &["lrp"]),
        Field::new(
            "ses-tmc",
            "sesTMC",
            Kind::Counter(2),
            "Second half of the returned counter in an application with LRP",
        )
        .optional()
        .when("mode", &["lrp"]),
        Field::new(
            "operations",
            "Operations",
            Kind::Lines,
            "One command a line: plain bytes, APDU or name, with the answer after ->; such as 6C 03 -> 14000000, or credit 3 1000",
        )
        .optional(),
        Field::new(
            "tmi",
            "TMI",
            Kind::Bytes(&[]),
            "The input itself in place of operations",
        )
        .optional(),
        Field::new(
            "transaction",
            "Transaction",
            Kind::Number(9_999),
            "Which one, from 1, when the operations hold several; the last committed one if not given",
        )
        .optional(),
        Field::new(
            "aid",
            "AID",
            Kind::Bytes(&[3]),
            "Application of the TransactionMAC file, most significant byte first; commands of others then do not count",
        )
        .optional(),
        Field::new(
            "diversify",
            "Diversification",
            Kind::Text,
            "The rule that makes the key of a card when the one given is a master key, RULE:TEMPLATE, such as an10922:{uid}{aid}4E585020; {aid} is the AID in wire order",
        )
        .optional(),
        Field::new(
            "tmac-file",
            "TransactionMAC file",
            Kind::Number(31),
            "Its number: reading it does not count",
        )
        .optional(),
        Field::new(
            "only-authenticated",
            "Unauthenticated commands are excluded",
            Kind::Flag,
            "The TransactionMAC file leaves out what is done without a session; operations say so by unauthenticated",
        ),
        Field::new(
            "commit",
            "TMC and TMV",
            Kind::Bytes(&[12]),
            "Answer of CommitTransaction, or content of the TransactionMAC file, to verify",
        )
        .optional(),
        Field::new("tmv", "Received TMV", Kind::Bytes(&[8]), "A TMV to verify").optional(),
        Field::new(
            "tmri-prev",
            "TMRIPrev",
            Kind::Bytes(&[16]),
            "Previous reader identifier: gives EncTMRI",
        )
        .optional(),
        Field::new(
            "enc-tmri",
            "EncTMRI",
            Kind::Bytes(&[16]),
            "Answer of CommitReaderID as it was sent, the session does not encipher it again: gives the previous reader identifier",
        )
        .optional(),
    ],
    examples: &[
        Example {
            title: "Debit, WriteRecord and CommitReaderID on a DESFire EV2 (DesfireTool)",
            values: &[
                ("key", "A0B0C0D0E0F000102030405060708090"),
                ("uid", "04175D87000000"),
                ("tmc", "06000000"),
                (
                    "operations",
                    "debit 3 1\nwrite-record 4 0 020709183530DE02006400\ncommit-reader-id 04123B01D52880A1A2A3A4A5A6A7A8A9 -> 710514F847DF5244F2D22D7D64BC0A14",
                ),
                ("commit", "06000000C6A2A823884CDE8A"),
                ("tmri-prev", "04123B01D52880A1A2A3A4A5A6A7A8A9"),
            ],
        },
        Example {
            title: "Length 0, an abort and the TransactionMAC file itself, as APDUs",
            values: &[
                ("key", "0F1E2D3C4B5A69788796A5B4C3D2E1F0"),
                ("uid", "04A1B2C3D4E5F6"),
                ("tmc", "7"),
                ("tmac-file", "15"),
                (
                    "operations",
                    "90 6C 00 00 01 03 00 -> 14000000 9100\nabort\nBD 0F 000000 000000 -> 0600000012C6A2A823884CDE\nBD 02 040000 000000 -> 0102030405 9100\n90 3D 00 00 0F 02 100000 140000 0011223344556677 00 -> 91AF\n90 AF 00 00 0C 8899AABBCCDDEEFF00112233 00 -> 9100\ncommit",
                ),
                ("tmv", "CD3D90F6B0A5D968"),
            ],
        },
    ],
    compute: compute::compute,
};

const MODE: Field = Field::new(
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
    "Secure messaging of the application; lrp is unconfirmed, no Transaction MAC of it is public",
)
.or("aes");
