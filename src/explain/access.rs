//! Which protection a file asks for (DESFire reference §4.1, §5.1).
//!
//! Here every MAC fits; what does not is the file's settings. So these mistakes are looked for only where the card refused
//! the command, and they are certain only where the trace shows the settings.

use crate::card::CommMode;
use crate::command::{Command, Rule};
use crate::trace::Exchange;

use super::build::InSession;
use super::message::{Channel, Form, Message};
use super::mistake::{Explanation, Family, Input, Mistake, Side};
use super::{change_key, padding};

const SECTION: &str = "DESFire reference §4.1, §5.1";

pub(super) static MAC_ON_FREE_ACCESS: Mistake = Mistake {
    code: "mac-on-free-access",
    title: "A MAC was sent although only a free right opens the file: the card takes the command in plain.",
    fix: "Send the command in plain where no key of the file's rights is that of the session.",
    section: SECTION,
    family: Family::Access,
};

pub(super) static MAC_MISSING: Mistake = Mistake {
    code: "mac-missing",
    title: "The MAC is missing.",
    fix: "Append the MAC where the mode asks for one; EV2 does so for commands without a file too.",
    section: SECTION,
    family: Family::Access,
};

pub(super) static PLAIN_IN_FULL: Mistake = Mistake {
    code: "plain-in-full",
    title: "The data was sent in plain with a MAC to a file that asks for enciphered data.",
    fix: "Encipher the data: bits 1 and 0 of the file option are 11.",
    section: SECTION,
    family: Family::Access,
};

/// Statuses of a card that can't take a command's protection: integrity and length error.
const REFUSALS: [u8; 2] = [0x1E, 0x7E];

/// Explains a refused command whose protection fits; `fitting` are the messages that fit.
pub(super) fn explain(row: &InSession<'_>, fitting: &[&Message]) -> Vec<Explanation> {
    if !is_refused(row) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let with_mac = fitting.iter().find(|message| message.form == Form::Mac);
    if let Some(message) = with_mac
        && row.rule == Some(Rule::File)
    {
        found.extend(with_a_mac(row, message));
    }
    if fitting.is_empty() && lacks_mac(row) {
        found.push(explanation(row, &MAC_MISSING, 0, None));
    }
    found.extend(type_bits(row, fitting));
    found
}

fn is_refused(row: &InSession<'_>) -> bool {
    let code = row.row.status.and_then(crate::apdu::Status::code);
    code.is_some_and(|code| REFUSALS.contains(&code))
}

fn with_a_mac(row: &InSession<'_>, message: &Message) -> Vec<Explanation> {
    let bits = u32::try_from(8 * message.mac_len()).unwrap_or_default();
    if row.granted().is_none() {
        // The settings are not in the trace: any of them may be it.
        let any = std::iter::once(&MAC_ON_FREE_ACCESS).chain(in_full(message));
        return any
            .map(|mistake| explanation(row, mistake, bits / 4, None))
            .collect();
    }
    let Some((place, mistakes)) = misplaced(row, message) else {
        return Vec::new();
    };
    mistakes
        .into_iter()
        .map(|mistake| explanation(row, mistake, bits, Some((place, message))))
        .collect()
}

/// What sends a MAC without encipherment to a file that asks for both.
fn in_full(message: &Message) -> Vec<&'static Mistake> {
    if message.data.is_empty() {
        return Vec::new();
    }
    let fills = message.is_ev2() && message.data.len().is_multiple_of(16);
    let missing = super::named(padding::MISSING).filter(|_| fills);
    let plain = message.is_command().then_some(&PLAIN_IN_FULL);
    missing.into_iter().chain(plain).collect()
}

/// What gives a message in the length of MACed data where its file's settings, shown at the place, ask for another mode.
fn misplaced(row: &InSession<'_>, message: &Message) -> Option<(usize, Vec<&'static Mistake>)> {
    let (place, mode) = row.granted()?;
    let mistakes = match mode {
        _ if row.rule != Some(Rule::File) || message.form != Form::Mac => Vec::new(),
        _ if message.is_command() && !is_refused(row) => Vec::new(),
        CommMode::Plain if message.is_command() => vec![&MAC_ON_FREE_ACCESS],
        CommMode::Full => in_full(message),
        CommMode::Plain | CommMode::Mac => Vec::new(),
    };
    (!mistakes.is_empty()).then_some((place, mistakes))
}

/// What explains a message that has one mistake and is not in the mode that its file asks for.
pub(super) fn joined(
    row: &InSession<'_>,
    message: &Message,
    found: Vec<Explanation>,
) -> Vec<Explanation> {
    let Some((place, mistakes)) = misplaced(row, message) else {
        return found;
    };
    let discount = super::catalogue().len().ilog2();
    let alone = found.into_iter().filter(|found| found.mistakes.len() == 1);
    let joined = alone.flat_map(|one| {
        let settings = settings_at(row, place);
        mistakes.iter().map(move |mistake| {
            let mut both = one.clone();
            both.mistakes.push(mistake);
            both.bits = both.bits.saturating_sub(discount);
            both.inputs.extend(settings.clone());
            both
        })
    });
    joined.collect()
}

/// An answer in the length of MACed data from a file that asks for enciphered data: a block that was filled has lost its
/// padding.
pub(super) fn in_answer(row: &InSession<'_>, answers: &[Message]) -> Option<Explanation> {
    let message = answers.iter().find(|message| message.form == Form::Mac)?;
    let (place, mistakes) = misplaced(row, message)?;
    let mistake = mistakes.first()?;
    let bits = u32::try_from(8 * message.mac_len()).unwrap_or_default();
    Some(Explanation {
        side: Side::Response,
        ..explanation(row, mistake, bits, Some((place, message)))
    })
}

/// Whether an answer of EV2 has a MAC that fits and data that fills its blocks: the file's settings tell whether it is
/// right.
pub(super) fn may_lack_padding(row: &Exchange) -> bool {
    const READS: [u8; 4] = [0xBD, 0xAD, 0xBB, 0xAB];
    let len = row.response.as_ref().map_or(0, Vec::len);
    let is_mac = row.mode == Some(CommMode::Mac) && row.channel == Some("ev2");
    is_mac && READS.contains(&row.ins) && len > 0 && len.is_multiple_of(16)
}

/// Whether the body is a whole command without a MAC, where the mode asks for one.
fn lacks_mac(row: &InSession<'_>) -> bool {
    let asked = match row.rule {
        Some(Rule::Mac) => row.channel == Channel::Ev2,
        Some(Rule::File) => row.granted().is_none_or(|(_, mode)| mode == CommMode::Mac),
        _ => false,
    };
    let whole = Command::from_body(row.row.ins, &row.body);
    asked && matches!(whole, Ok(Some(_)))
}

/// In EV2 the data tells nothing of the type of the key.
fn type_bits(row: &InSession<'_>, fitting: &[&Message]) -> Option<Explanation> {
    const AES: u8 = 0x80;
    let mut keys = fitting.iter().filter_map(|message| message.key.as_ref());
    let key = keys.find(|key| key.at_picc && key.key_no == 0)?;
    let mistake = super::named("change-key-type-bits").filter(|_| row.channel == Channel::Ev2)?;
    let right = change_key::type_bits(key.form.kind);
    (right == AES).then(|| Explanation {
        expected: vec![AES],
        received: vec![key.key_no],
        ..explanation(row, mistake, 0, None)
    })
}

fn explanation(
    row: &InSession<'_>,
    mistake: &'static Mistake,
    bits: u32,
    shown: Option<(usize, &Message)>,
) -> Explanation {
    let settings = shown.and_then(|(place, _)| settings_at(row, place));
    let mac = shown.and_then(|(_, message)| message.mac.clone());
    Explanation {
        mistakes: vec![mistake],
        side: Side::Command,
        bits,
        expected: Vec::new(),
        received: mac.unwrap_or_default(),
        inputs: settings.into_iter().collect(),
    }
}

fn settings_at(row: &InSession<'_>, place: usize) -> Option<Input> {
    let answer = row.rows.get(place)?;
    let bytes = answer.response.as_deref().filter(|bytes| !bytes.is_empty());
    let bytes = bytes.or(answer.command.as_deref())?;
    Some(Input::clear("file settings", bytes, Some(place)))
}
