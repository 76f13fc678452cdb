//! The table of `tmac`.

use super::key;
use crate::calculator::ledger::{self, Effect, Entry, Options, Told};
use crate::calculator::{Inputs, Sheet, Slip};
use crate::card::Aid;
use crate::command::CommitAnswer;
use crate::crypto::aes::BLOCK;
use crate::crypto::cmac::odd_bytes;
use crate::tmac::{self, Added, Label, TransactionKeys};

const KEYS: &str = "DESFire reference §6.2";
const TMI: &str = "DESFire reference §6.3";
const SEQUENCE: &str = "DESFire reference §6.4";

/// More than that, and each operation is one step.
const IN_PARTS: usize = 16;

/// Writes the table.
pub(super) fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let mut told = told(inputs, &options(inputs)?)?;
    let number = transaction(inputs, &told)?;
    let answers = Answers {
        given: given_answer(inputs)?,
        line: told.commit(number),
    };
    let answer = answers.given.or(answers.line);
    let key = key::key(inputs, sheet, aid(inputs)?)?;
    let keys = session_keys(inputs, sheet, key, answer)?;
    let computed = reader(inputs, sheet, &keys)?;
    if let (Some(computed), None) = (computed, inputs.given("enc-tmri")) {
        told.stand_in(computed);
    }
    let tmi = match inputs.given("tmi") {
        Some(tmi) if inputs.given_text("operations").is_none() => {
            if !tmi.len().is_multiple_of(BLOCK) {
                let text = format!("{} bytes, whole blocks of {BLOCK} expected", tmi.len());
                return Err(Slip::refused("tmi", text).hint("Each command is filled up with zeros"));
            }
            tmi.to_vec()
        }
        given => {
            if inputs.given_text("operations").is_none() {
                return match inputs.given("tmv").or(inputs.given("commit")) {
                    Some(_) => Err(Slip::refused("operations", NOTHING)),
                    None => Ok(()),
                };
            }
            answered_reader(inputs, sheet, &told, number)?;
            let tmi = operations(inputs, sheet, (&told, number), (&key, &keys))?;
            if let Some(given) = given {
                sheet.check("TMI as given", TMI, &tmi, given);
            }
            tmi
        }
    };
    value(inputs, sheet, &keys, tmi, answers)
}

const NOTHING: &str =
    "Nothing given, operations or tmi expected: the TMV to verify is computed over them";

/// TMC and TMV of the commit, from both places that may say them.
#[derive(Clone, Copy)]
struct Answers {
    /// The input of its own.
    given: Option<CommitAnswer>,
    /// The line of the commit.
    line: Option<CommitAnswer>,
}

/// What counts, as the inputs say it.
pub(in crate::calculator) fn options(inputs: &Inputs) -> Result<Options, Slip> {
    let tmac_file = match inputs.given_number("tmac-file") {
        Some(_) => Some(inputs.integer("tmac-file")?),
        None => None,
    };
    // Until the keys are there TMRIPrev stands in for what becomes of it: the TMI is not looked at before.
    let enc_tmri = inputs.given_array("enc-tmri")?;
    let enc_tmri = enc_tmri.or(inputs.given_array("tmri-prev")?);
    Ok(Options {
        aid: aid(inputs)?,
        tmac_file,
        only_authenticated: inputs.flag("only-authenticated"),
        enc_tmri,
    })
}

fn aid(inputs: &Inputs) -> Result<Option<Aid>, Slip> {
    let aid = inputs.given_array("aid")?;
    Ok(aid.map(|[high, middle, low]| Aid::from_wire([low, middle, high])))
}

fn told(inputs: &Inputs, options: &Options) -> Result<Told, Slip> {
    let text = inputs.given_text("operations").unwrap_or_default();
    ledger::follow(text, options).map_err(|error| {
        let text = error.to_string();
        let mut letters = text.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        Slip::refused("operations", first.chain(letters).collect::<String>())
    })
}

/// The transaction that is asked for, from 0.
fn transaction(inputs: &Inputs, told: &Told) -> Result<usize, Slip> {
    let Some(number) = inputs.given_number("transaction") else {
        return Ok(told.newest());
    };
    let all = told.transactions;
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    if (1..=all).contains(&number) {
        Ok(number - 1)
    } else {
        let text = format!("{number}, 1 to {all} expected: the operations hold {all}");
        Err(Slip::refused("transaction", text))
    }
}

fn given_answer(inputs: &Inputs) -> Result<Option<CommitAnswer>, Slip> {
    let bytes = inputs.given_array::<12>("commit")?;
    Ok(bytes.map(|[a, b, c, d, tmv @ ..]| CommitAnswer {
        tmc: u32::from_le_bytes([a, b, c, d]),
        tmv,
    }))
}

fn session_keys(
    inputs: &Inputs,
    sheet: &mut Sheet,
    key: [u8; BLOCK],
    answer: Option<CommitAnswer>,
) -> Result<TransactionKeys, Slip> {
    let uid = inputs.bytes("uid")?;
    let is_lrp = inputs.text("mode")? == "lrp";
    let given = given_tmc(inputs, is_lrp)?;
    let answered = answer.map(|answer| answer.tmc.to_le_bytes());
    let field = if is_lrp { "act-tmc" } else { "tmc" };
    let tmc = given.or(answered).ok_or_else(|| {
        Slip::refused(
            field,
            "Nothing given, the counter expected that CommitTransaction returned",
        )
        .hint("It is one more than before the commit")
    })?;
    sheet.heading("Session keys");
    let tmc = sheet.step("TMC", "as returned, DESFire reference §6.2", tmc)?;
    sheet.note(
        "TMC is the counter after the commit, as CommitTransaction returns it; the TransactionMAC file holds one less before.",
    );
    if let (Some(_), Some(answered)) = (given, answered) {
        sheet.check("TMC of the answer", SEQUENCE, &tmc, &answered);
    }
    if is_lrp {
        sheet.note("LRP by the published formula; unconfirmed: no public LRP Transaction MAC.");
    }
    let (vector, session_key) = rules(is_lrp);
    let sv1 = sheet.step("SV 1", KEYS, vector(Label::Mac, tmc, uid))?;
    let mac = sheet.secret_result("SesTMMACKey", KEYS, session_key(&key, &sv1))?;
    let sv2 = sheet.step("SV 2", KEYS, vector(Label::Enc, tmc, uid))?;
    let enc = sheet.secret_result("SesTMENCKey", KEYS, session_key(&key, &sv2))?;
    Ok(TransactionKeys { mac, enc })
}

/// The session keys without the table; `tmc` as returned.
pub(in crate::calculator) fn keys(
    key: &[u8; BLOCK],
    tmc: [u8; 4],
    uid: &[u8],
    is_lrp: bool,
) -> TransactionKeys {
    let (vector, session_key) = rules(is_lrp);
    let [mac, enc] =
        [Label::Mac, Label::Enc].map(|label| session_key(key, &vector(label, tmc, uid)));
    TransactionKeys { mac, enc }
}

type Vector = fn(Label, [u8; 4], &[u8]) -> Vec<u8>;
type SessionKey = fn(&[u8; BLOCK], &[u8]) -> [u8; BLOCK];

fn rules(is_lrp: bool) -> (Vector, SessionKey) {
    if is_lrp {
        (tmac::lrp_vector, tmac::lrp_session_key)
    } else {
        (tmac::vector, tmac::session_key)
    }
}

fn given_tmc(inputs: &Inputs, is_lrp: bool) -> Result<Option<[u8; 4]>, Slip> {
    if !is_lrp {
        return Ok(match inputs.given_number("tmc") {
            Some(_) => Some(inputs.integer::<u32>("tmc")?.to_le_bytes()),
            None => None,
        });
    }
    let halves = [
        inputs.given_number("act-tmc"),
        inputs.given_number("ses-tmc"),
    ];
    if halves == [None, None] {
        return Ok(None);
    }
    let [a, b] = inputs.integer::<u16>("act-tmc")?.to_le_bytes();
    let [c, d] = inputs.integer::<u16>("ses-tmc")?.to_le_bytes();
    Ok(Some([a, b, c, d]))
}

/// EncTMRI and TMRIPrev, one from the other; gives the computed EncTMRI.
fn reader(
    inputs: &Inputs,
    sheet: &mut Sheet,
    keys: &TransactionKeys,
) -> Result<Option<[u8; BLOCK]>, Slip> {
    let previous = inputs.given_array("tmri-prev")?;
    let received = inputs.given_array("enc-tmri")?;
    if previous.is_some() || received.is_some() {
        sheet.heading("Reader identifier");
    }
    let computed = match previous {
        Some(previous) => {
            let enciphered = tmac::enc_tmri(keys, previous);
            Some(sheet.result("EncTMRI", KEYS, enciphered)?)
        }
        None => None,
    };
    if let Some(received) = received {
        let opened = tmac::open_enc_tmri(keys, received);
        sheet.result("TMRIPrev out of EncTMRI", KEYS, opened)?;
        if let Some(computed) = computed {
            sheet.check("Received EncTMRI", SEQUENCE, &computed, &received);
        }
    }
    Ok(computed)
}

/// Compares EncTMRI as given with the answer that stands in the line of CommitReaderID.
fn answered_reader(
    inputs: &Inputs,
    sheet: &mut Sheet,
    told: &Told,
    number: usize,
) -> Result<(), Slip> {
    let given = inputs.given_array::<BLOCK>("enc-tmri")?;
    if let Some((given, line)) = given.zip(told.answered_enc_tmri(number)) {
        sheet.check("EncTMRI in the line", SEQUENCE, &given, &line);
    }
    Ok(())
}

/// Each line with what it adds or why it does not count; gives the TMI.
fn operations(
    inputs: &Inputs,
    sheet: &mut Sheet,
    (told, number): (&Told, usize),
    (key, keys): (&[u8; BLOCK], &TransactionKeys),
) -> Result<Vec<u8>, Slip> {
    let adds = |entry: &&Entry| matches!(entry.effect, Effect::Adds { .. });
    let in_parts = told.transaction(number).filter(adds).count() <= IN_PARTS;
    let mut tmi = Vec::new();
    for entry in &told.entries {
        let line = entry.line;
        sheet.heading(format!("Line {line}: {}", entry.name));
        match &entry.effect {
            Effect::Adds { .. } if entry.transaction != number => {
                let own = entry.transaction + 1;
                sheet.fact(
                    "Does not count",
                    SEQUENCE,
                    format!("belongs to transaction {own}"),
                );
            }
            Effect::Adds { added, as_sent } => {
                if let Some(sent) = as_sent {
                    let label = format!("Line {line} head as sent");
                    sheet.step(label, "Length 0 or count 0 is replaced", sent.clone())?;
                }
                let whole = if in_parts {
                    parts(sheet, line, added)?
                } else {
                    added.bytes.clone()
                };
                tmi.extend(sheet.step(format!("Line {line}"), TMI, whole)?);
                sheet.note(ranges(added));
                previous_reader(inputs, sheet, added, keys)?;
            }
            Effect::Nothing(reason) => sheet.fact("Does not count", SEQUENCE, reason.to_string()),
            Effect::Commits(answer) => {
                let own = entry.transaction + 1;
                sheet.fact("Ends", SEQUENCE, format!("transaction {own}"));
                if let Some(answer) = answer.filter(|_| entry.transaction != number) {
                    other_answer(inputs, sheet, (told, key), entry.transaction, answer)?;
                }
            }
            Effect::Context => {}
        }
    }
    if told.assumes_no_session {
        sheet.note(
            "CommitReaderID counts without EncTMRI here, as if no session were open; write its answer after ->, if there was one.",
        );
    }
    sheet.heading("Transaction MAC");
    Ok(tmi)
}

/// Compares the answer to the commit of a transaction that was not asked for.
fn other_answer(
    inputs: &Inputs,
    sheet: &mut Sheet,
    (told, key): (&Told, &[u8; BLOCK]),
    other: usize,
    answer: CommitAnswer,
) -> Result<(), Slip> {
    let label = format!("TMV of transaction {}", other + 1);
    let tmi = told.tmi(other);
    if tmi.is_empty() {
        sheet.verdict(label, SEQUENCE, false, NO_VALUE);
    } else if told.stands_in(other) {
        let why = "it needs the answer of its own CommitReaderID, write it after ->";
        sheet.fact("Not checked", SEQUENCE, format!("{label}: {why}"));
    } else {
        let is_lrp = inputs.text("mode")? == "lrp";
        let own = keys(key, answer.tmc.to_le_bytes(), inputs.bytes("uid")?, is_lrp);
        let mac = tmac::cmac(&own.mac, &tmi);
        sheet.check(label, SEQUENCE, &odd_bytes(mac), &answer.tmv);
    }
    Ok(())
}

const NO_VALUE: &str = "not verified: nothing counts, so that no TMV belongs to this commit";

/// Head, padding, data and padding, each a step.
fn parts(sheet: &mut Sheet, line: usize, added: &Added) -> Result<Vec<u8>, Slip> {
    let is_body = |name: &str| matches!(name, "Data" | "Records" | "TMRI" | "EncTMRI");
    let mut steps: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, range) in &added.fields {
        let bytes = added.bytes.get(range.clone()).unwrap_or_default();
        let label = match *name {
            Added::PADDING if range.end == added.bytes.len() => {
                format!("Line {line} padding at the end")
            }
            Added::PADDING => format!("Line {line} padding"),
            name if is_body(name) => format!("Line {line} {name}"),
            _ => format!("Line {line} head"),
        };
        match steps.last_mut() {
            Some((last, head)) if *last == label => head.extend_from_slice(bytes),
            _ => steps.push((label, bytes.to_vec())),
        }
    }
    let mut all = Vec::new();
    for (label, bytes) in steps {
        all.extend(sheet.step(label, TMI, bytes)?);
    }
    Ok(all)
}

/// Where the fields are in what a command adds.
fn ranges(added: &Added) -> String {
    let fields = added.fields.iter().map(|(name, range)| {
        let last = range.end.saturating_sub(1);
        if range.start == last {
            format!("{name} {last}")
        } else {
            format!("{name} {}–{last}", range.start)
        }
    });
    format!("Bytes: {}", fields.collect::<Vec<_>>().join(" · "))
}

/// The reader identifier in an EncTMRI that stands in a line.
fn previous_reader(
    inputs: &Inputs,
    sheet: &mut Sheet,
    added: &Added,
    keys: &TransactionKeys,
) -> Result<(), Slip> {
    let range = added.range("EncTMRI");
    let bytes = range.and_then(|range| added.bytes.get(range));
    if let Some(enciphered) = bytes.and_then(|bytes| bytes.try_into().ok()) {
        let opened = tmac::open_enc_tmri(keys, enciphered);
        let opened = sheet.result("TMRIPrev", KEYS, opened)?;
        if let Some(previous) = inputs.given("tmri-prev") {
            sheet.check("TMRIPrev as given", SEQUENCE, &opened, previous);
        }
    }
    Ok(())
}

fn value(
    inputs: &Inputs,
    sheet: &mut Sheet,
    keys: &TransactionKeys,
    tmi: Vec<u8>,
    answers: Answers,
) -> Result<(), Slip> {
    let tmi = sheet.result("TMI", TMI, tmi)?;
    if let (Some(given), Some(line)) = (answers.given, answers.line) {
        sheet.check(
            "TMC in the line",
            SEQUENCE,
            &given.tmc.to_le_bytes(),
            &line.tmc.to_le_bytes(),
        );
        sheet.check("TMV in the line", SEQUENCE, &given.tmv, &line.tmv);
    }
    let answer = answers.given.or(answers.line);
    if tmi.is_empty() {
        sheet.note(
            "Nothing counts: such a commit leaves TMC and TMV as they are, or is refused with 0C.",
        );
        if answer.is_some() || inputs.given("tmv").is_some() {
            sheet.verdict("Received TMV", SEQUENCE, false, NO_VALUE);
        }
        return Ok(());
    }
    let mac = sheet.step("CMAC", KEYS, tmac::cmac(&keys.mac, &tmi))?;
    let tmv = sheet.result(
        "TMV",
        "odd bytes of the CMAC, DESFire reference §6.2",
        odd_bytes(mac),
    )?;
    if let Some(answer) = answer {
        sheet.check("TMV of the commit", SEQUENCE, &tmv, &answer.tmv);
    }
    if let Some(received) = inputs.given("tmv") {
        sheet.check("Received TMV", SEQUENCE, &tmv, received);
    }
    Ok(())
}
