//! A transaction as a row of a file says it.
//!
//! A row keeps its cells as they stand there: what they say is read when the row is judged, a slice of rows at a time,
//! and a page of the calculator can take them over.

use std::fmt::Display;

use crate::bytes::hex;
use crate::calculator::input::{self, Slip, Texts, Weight};
use crate::calculator::ledger::{self, Options, Told};
use crate::calculator::topic::{Field, Kind};
use crate::crypto::aes::BLOCK;

/// What a row can say; TMI or operations have to be there.
pub const COLUMNS: &[Field] = &[
    Field::new("uid", "UID", Kind::Bytes(&[7]), "The real UID"),
    Field::new(
        "tmc",
        "TMC",
        Kind::Counter(4),
        "Counter as CommitTransaction returned it",
    ),
    Field::new("tmv", "TMV", Kind::Bytes(&[8]), "Value of the card"),
    Field::new("tmi", "TMI", Kind::Bytes(&[]), "The input").optional(),
    Field::new(
        "operations",
        "Operations",
        Kind::Lines,
        "Commands with their answers, separated by line ends or semicolons",
    )
    .optional(),
    Field::new(
        "tmri_prev",
        "TMRIPrev",
        Kind::Bytes(&[16]),
        "Previous reader identifier",
    )
    .optional(),
    Field::new(
        "enc_tmri",
        "EncTMRI",
        Kind::Bytes(&[16]),
        "Answer of CommitReaderID",
    )
    .optional(),
];

/// A transaction as its row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// UID of the card.
    pub uid: [u8; 7],
    /// Counter after the commit.
    pub tmc: u32,
    /// The card's value.
    pub tmv: [u8; 8],
    /// The input, as far as it is known without the key.
    pub(super) tmi: Vec<u8>,
    /// The operations, where EncTMRI in their TMI is still to be computed from TMRIPrev.
    pub(super) pending: Option<Told>,
    /// Whether a CommitReaderID counts without EncTMRI because nothing says whether a session was open.
    pub(super) assumes_no_session: bool,
    pub(super) tmri_prev: Option<[u8; BLOCK]>,
    pub(super) enc_tmri: Option<[u8; BLOCK]>,
}

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, from 1.
    pub line: u64,
    /// What stands in the columns that are not empty, by their places in [`COLUMNS`].
    cells: Box<[(usize, Box<str>)]>,
}

impl Row {
    /// A row by the names of [`COLUMNS`]; other names do not matter.
    pub fn new(line: u64, cells: &Texts) -> Self {
        let named = COLUMNS.iter().enumerate();
        let given = named.filter_map(|(at, field)| {
            let text = cells.get(field.name)?;
            (!text.trim().is_empty()).then(|| (at, text.as_str().into()))
        });
        let cells = given.collect();
        Self { line, cells }
    }

    /// The cells by the names of [`COLUMNS`].
    pub fn cells(&self) -> Texts {
        let named = self.cells.iter().filter_map(|(at, text)| {
            let name = COLUMNS.get(*at)?.name.to_owned();
            Some((name, text.clone().into_string()))
        });
        named.collect()
    }

    /// What it says, with what looks like a mistake in it; or what is wrong in which column. `options` say what counts;
    /// what they know of EncTMRI does not matter.
    pub fn read(&self, options: &Options) -> Result<(Transaction, Vec<Slip>), Vec<Slip>> {
        let (inputs, slips) = input::read(COLUMNS, &self.cells());
        if slips.iter().any(|slip| slip.weight == Weight::Refused) {
            return Err(slips);
        }
        match transaction(&inputs, options) {
            Ok(transaction) => Ok((transaction, slips)),
            Err(slip) => Err(vec![slip]),
        }
    }
}

fn transaction(inputs: &input::Inputs, options: &Options) -> Result<Transaction, Slip> {
    let mut enc_tmri = inputs.given_array("enc_tmri")?;
    let tmri_prev = inputs.given_array("tmri_prev")?;
    let mut told = None;
    let tmi = match (inputs.given("tmi"), inputs.given_text("operations")) {
        (Some(tmi), None) => tmi.to_vec(),
        (None, Some(operations)) => {
            // TMRIPrev keeps the place of EncTMRI until the key is there.
            let options = Options {
                enc_tmri: enc_tmri.or(tmri_prev),
                ..*options
            };
            let followed = ledger::follow(&operations.replace(';', "\n"), &options);
            let followed =
                followed.map_err(|error| Slip::refused("operations", error.to_string()))?;
            fits(inputs, &followed)?;
            enc_tmri = enc_tmri.or(followed.answered_enc_tmri(0));
            told.insert(followed).tmi(0)
        }
        (Some(_), Some(_)) => {
            return Err(Slip::refused(
                "tmi",
                "TMI and operations, one of both expected",
            ));
        }
        (None, None) => {
            return Err(Slip::refused(
                "tmi",
                "Nothing given, TMI or operations expected",
            ));
        }
    };
    if tmi.is_empty() || !tmi.len().is_multiple_of(BLOCK) {
        let field = if inputs.given("tmi").is_some() {
            "tmi"
        } else {
            "operations"
        };
        let text = format!(
            "TMI of {} bytes, whole blocks of {BLOCK} expected",
            tmi.len()
        );
        return Err(Slip::refused(field, text));
    }
    Ok(Transaction {
        uid: inputs.array("uid")?,
        tmc: inputs.integer("tmc")?,
        tmv: inputs.array("tmv")?,
        tmi,
        assumes_no_session: told.as_ref().is_some_and(|told| told.assumes_no_session),
        pending: told.filter(|told| enc_tmri.is_none() && told.stands_in(0)),
        tmri_prev,
        enc_tmri,
    })
}

/// Refuses operations of several transactions, and answers in them that are not those of the columns.
fn fits(inputs: &input::Inputs, told: &Told) -> Result<(), Slip> {
    if told.transactions > 1 {
        let text = format!("{} transactions, 1 expected in a row", told.transactions);
        return Err(Slip::refused("operations", text));
    }
    if let Some(answer) = told.commit(0) {
        let tmc: u32 = inputs.integer("tmc")?;
        let tmv: [u8; 8] = inputs.array("tmv")?;
        if tmc != answer.tmc {
            return Err(answered("tmc", tmc, "commit", answer.tmc));
        }
        if tmv != answer.tmv {
            let [tmv, other] = [tmv, answer.tmv].map(hex::upper);
            return Err(answered("tmv", tmv, "commit", other));
        }
    }
    let enc_tmri = inputs.given_array::<BLOCK>("enc_tmri")?;
    match enc_tmri.zip(told.answered_enc_tmri(0)) {
        Some((given, line)) if given != line => {
            let [given, line] = [given, line].map(hex::upper);
            Err(answered("enc_tmri", given, "CommitReaderID", line))
        }
        _ => Ok(()),
    }
}

fn answered(
    column: &'static str,
    given: impl Display,
    command: &str,
    answer: impl Display,
) -> Slip {
    let text = format!("{given}, the {command} in operations was answered with {answer}");
    Slip::refused(column, text)
}
