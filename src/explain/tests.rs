//! Every mistake that shows in a MAC, made in recorded conversations: the bytes come from the catalogue's own recipes, so
//! this holds the way through decoding and the order of what fits, not the recipes.

use std::collections::BTreeMap;
use std::path::Path;

use super::build::InSession;
use super::checks::{data_crc, ev2_iv, flavoured, whole_mac};
use super::key_data::xor;
use super::message::{ChangedKey, Channel, Extent, Message};
use super::recipe::{Iv, Mix, Padding, Range, Recipe, Second};
use super::search::{Check, Found, Space, Subject, search};
use super::*;
use crate::apdu::{CommandApdu, FrameForm, ResponseApdu};
use crate::crypto::Secret;
use crate::crypto::aes::AesKey;
use crate::crypto::des::DesKey;
use crate::session::import::vectors;
use crate::trace::{self, EventKind};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Recorded conversations with their keys.
fn recordings() -> Vec<(Vec<Event>, Keyring)> {
    let mut all = Vec::new();
    for name in ["exchanges", "generated"] {
        let conversations = vectors::read(&file(&format!("tests/vectors/{name}.json"))).unwrap();
        let whole = conversations.into_iter();
        // A session that was given directly begins with the first message that fits.
        let whole = whole.filter(|one| one.keyring.sessions.is_empty());
        all.extend(whole.map(|one| (one.events, one.keyring)));
    }
    let keys = crate::session::keys::read(&file("assets/demo-keys.json"))
        .unwrap()
        .value;
    for name in ["02-top-up", "06-top-up-ev1"] {
        let session = crate::session::read(&file(&format!("sessions/{name}.json"))).unwrap();
        all.push((session.value.events, keys.clone()));
    }
    all
}

/// The events up to a row, its MAC replaced; a command's answer becomes a refusal.
fn with_mac(events: &[Event], row: &Exchange, message: &Message, mac: &[u8]) -> Option<Vec<Event>> {
    let old = message.mac.as_deref()?;
    let mut out = events[..=row.last_event].to_vec();
    let frame = out[row.first_event..].iter_mut().rev().find_map(|event| {
        match (&mut event.kind, message.side) {
            (EventKind::Command(bytes), Side::Command)
            | (EventKind::Response(bytes), Side::Response) => Some(bytes),
            _ => None,
        }
    })?;
    let at = frame.windows(old.len()).rposition(|window| window == old)?;
    frame[at..at + old.len()].copy_from_slice(mac);
    if message.side == Side::Command {
        let answer = match row.form {
            crate::apdu::FrameForm::Native => vec![0x1E],
            _ => vec![0x91, 0x1E],
        };
        out.last_mut()?.kind = EventKind::Response(answer);
    }
    Some(out)
}

/// The MAC that a recipe gives, where all else fits.
fn mac_of(checks: &[Check]) -> Option<&[u8]> {
    let (wire, clear): (Vec<&Check>, Vec<&Check>) =
        checks.iter().partition(|check| check.space == Space::Wire);
    let fits = clear.into_iter().all(Check::fits);
    wire.first()
        .filter(|check| fits && !check.fits())
        .map(|check| &check.expected[..])
}

/// How often each mistake is made: decoding again takes time.
const MOST_TRIES: u32 = 14;

#[derive(Default)]
struct Score {
    tries: u32,
    first: u32,
    instead: BTreeMap<String, u32>,
}

fn codes(explanation: Option<&Explanation>) -> String {
    let mistakes = explanation
        .into_iter()
        .flat_map(|explanation| &explanation.mistakes);
    let codes: Vec<&str> = mistakes.map(|mistake| mistake.code).collect();
    codes.join(" + ")
}

impl Score {
    /// Counts what was named for a mistake; twins give the same bytes.
    fn add(&mut self, code: &str, named: String, twins: &[(&str, &str)]) {
        self.tries += 1;
        if named == code || twins.contains(&(code, &named)) {
            self.first += 1;
        } else {
            *self.instead.entry(named).or_default() += 1;
        }
    }
}

fn assert_named(scores: &BTreeMap<&str, Score>, at_least: usize) {
    for (code, score) in scores {
        let Score {
            tries,
            first,
            instead,
        } = score;
        println!("{code}: {first} of {tries}, else {instead:?}");
    }
    let weak = scores
        .iter()
        .filter(|(_, score)| score.first * 100 < score.tries * 90);
    let weak: Vec<_> = weak.map(|(code, _)| *code).collect();
    assert!(weak.is_empty(), "{weak:?}");
    let tried = scores.values().filter(|score| score.tries > 0).count();
    assert!(tried > at_least, "{tried}");
}

#[test]
fn a_mistake_in_a_mac_is_named_first() {
    const TWINS: [(&str, &str); 1] = [
        // The first answer of a session, when no other follows.
        ("ev1-iv-command-skipped", "ev1-iv-zero"),
    ];
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for (events, keyring) in recordings() {
        let rows = trace::decode(&events, &keyring);
        for at in 0..rows.len() {
            let Some(row) = InSession::new(&rows, at, &events, &keyring) else {
                continue;
            };
            let messages = row.commands().into_iter().chain(row.responses(&events));
            let right = messages.filter(|message| matches!(search(message, &[]), Found::Right));
            for message in right {
                for entry in message_entries() {
                    let score = scores.entry(entry.mistake.code).or_default();
                    for recipe in (entry.alter)(&message, &message.rules()) {
                        let checks = message.checks(&recipe).unwrap_or_default();
                        let mac = mac_of(&checks).filter(|_| score.tries < MOST_TRIES);
                        let wrong = mac.and_then(|mac| with_mac(&events, row.row, &message, mac));
                        if let Some(wrong) = wrong {
                            let decoded = trace::decode(&wrong, &keyring);
                            let found = explain(&decoded, at, &wrong, &keyring);
                            score.add(entry.mistake.code, codes(found.first()), &TWINS);
                        }
                    }
                }
            }
        }
    }
    assert_named(&scores, 25);
}

/// What is enciphered under a recipe, and the cryptogram; `plain` is the data, or the new key with its version.
fn sealed(message: &Message, recipe: &Recipe, plain: &[u8], old: Option<&Secret>) -> Vec<u8> {
    let mut clear = match &message.key {
        Some(key) => key_text(message, key, recipe, plain, old),
        None if message.is_ev2() => plain.to_vec(),
        None => [plain, &data_crc(message, recipe, plain)].concat(),
    };
    let marks = message.is_ev2() && recipe.padding == Padding::Right;
    if marks || message.extent == Extent::Marked {
        clear.push(0x80);
    }
    clear.resize(clear.len().next_multiple_of(message.block()), 0);
    let iv = match (&recipe.iv, message.channel) {
        (_, Channel::Ev2) => ev2_iv(message, recipe).unwrap().to_vec(),
        (Iv::Given(iv), _) => iv.clone(),
        _ => unreachable!(),
    };
    match message.channel {
        Channel::Ev2 => {
            let key = AesKey::new(&recipe.enc.aes128().unwrap());
            key.cbc_encrypt(iv[..].try_into().unwrap(), &mut clear);
        }
        Channel::Ev1(_) => {
            let cipher = message.cipher(&recipe.enc).unwrap();
            cipher.encrypt(&cipher.block(&iv).unwrap(), &mut clear);
        }
        Channel::D40 => {
            let key = DesKey::new(recipe.enc.expose()).unwrap();
            clear.iter_mut().zip(&iv).for_each(|(byte, iv)| *byte ^= iv);
            if message.is_command() && !recipe.is_enciphered {
                key.send(&mut clear);
            } else {
                key.cbc_encrypt([0; 8], &mut clear);
            }
        }
    }
    clear
}

fn key_text(
    message: &Message,
    key: &ChangedKey,
    recipe: &Recipe,
    plain: &[u8],
    old: Option<&Secret>,
) -> Vec<u8> {
    let len = plain.len() - usize::from(message.rules.key.has_version);
    let (new, version) = plain.split_at(len);
    let mut sent = match (&recipe.key.mix, old) {
        (Mix::Own { .. }, _) => xor(new, &key.old[0]),
        (Mix::With(other), _) => xor(new, other),
        (Mix::Right, Some(old)) => xor(new, old),
        _ => new.to_vec(),
    };
    if recipe.key.has_version {
        sent.extend(version);
    }
    let flavour = recipe.crc.flavour;
    let mut text = sent.clone();
    if !message.is_ev2() {
        let covers = recipe.key.range == Range::Right && message.is_ev1();
        let command = [&[message.code], &message.header[..]].concat();
        let base = match recipe.key.mix {
            Mix::Own { has_second: false } => [new, version].concat(),
            _ => sent.clone(),
        };
        let input = [if covers { &command[..] } else { &[] }, &base].concat();
        text.extend(flavoured(
            recipe.key.first_flavour.unwrap_or(flavour),
            &input,
        ));
    }
    let own_second = matches!(recipe.key.mix, Mix::Own { has_second: true });
    let second = recipe.key.second_flavour.unwrap_or(flavour);
    if own_second || !key.form.own {
        match recipe.key.second {
            Second::Right => text.extend(flavoured(second, new)),
            Second::Missing => {}
        }
    }
    text
}

/// The events up to a row with another body on one side; a command's answer becomes a refusal.
fn with_body(events: &[Event], row: &Exchange, side: Side, body: &[u8]) -> Option<Vec<Event>> {
    let mut out = events[..=row.last_event].to_vec();
    if row.commands(events).count() != 1 || row.last_event != row.first_event + 1 {
        return None;
    }
    let (command, answer) = (row.first_event, row.last_event);
    if side == Side::Command {
        let bytes = CommandApdu::emit(row.form, row.ins, row.p1p2, body);
        out[command].kind = EventKind::Command(bytes);
        let status = match row.form {
            FrameForm::Native => vec![0x1E],
            _ => vec![0x91, 0x1E],
        };
        out[answer].kind = EventKind::Response(status);
    } else {
        out[answer].kind = EventKind::Response(ResponseApdu::emit(row.status?, body));
    }
    Some(out)
}

/// Messages with enciphered data that is right, with the data, or the new key and its version.
fn sealed_messages(row: &InSession<'_>, events: &[Event]) -> Vec<(Message, Vec<u8>)> {
    let messages = row.commands().into_iter().chain(row.responses(events));
    let right = messages
        .filter(|message| message.is_sealed() && matches!(search(message, &[]), Found::Right));
    let exchange = row.row;
    let plain = |message: &Message| match (message.side, &exchange.new_key) {
        (Side::Response, _) => exchange.response.clone(),
        (_, Some(new)) => {
            let key = new.key.as_ref()?;
            Some([key.expose(), new.version.as_slice()].concat())
        }
        _ => Some(exchange.command.as_ref()?[message.header.len()..].to_vec()),
    };
    right
        .filter_map(|mut message| {
            let plain = plain(&message)?;
            if let Some(key) = &mut message.key {
                key.is_refused = true;
            }
            Some((message, plain))
        })
        .collect()
}

/// The body with a mistake in the enciphered data; `None` where it does not show, as in the first of several blocks of EV2.
fn wrong_body(
    message: &Message,
    recipe: &Recipe,
    plain: &[u8],
    old: Option<&Secret>,
) -> Option<Vec<u8>> {
    let mut wrong = message.clone();
    wrong.data = sealed(message, recipe, plain, old);
    let by_rules = wrong.checks(&wrong.rules).unwrap_or_default();
    let shows = |check: &Check| check.space == Space::Clear && !check.fits();
    by_rules.iter().any(shows).then_some(())?;
    let mac = message.is_ev2().then(|| {
        let whole = whole_mac(&wrong, recipe, &wrong.data)?;
        Some(recipe.cut.of(&whole, 8))
    });
    let mac = mac.flatten().unwrap_or_default();
    Some([&message.header[..], &wrong.data, &mac].concat())
}

#[test]
fn a_mistake_in_enciphered_data_is_named_first() {
    const TWINS: [(&str, &str); 3] = [
        // An answer without padding is one in the mode MAC, unless the trace shows the file's settings.
        ("ev2-padding-missing", ""),
        ("ev2-padding-zeros", ""),
        // With up to 8 bytes of padding both give the same.
        ("ev2-iv-plain", "ev2-iv-zero"),
    ];
    let of_data = |entry: &&Entry<Message>| {
        let families = [Family::Crc, Family::Iv, Family::Padding, Family::ChangeKey];
        families.contains(&entry.mistake.family) && entry.mistake.code != "change-key-type-bits"
    };
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for (events, keyring) in recordings() {
        let rows = trace::decode(&events, &keyring);
        for at in 0..rows.len() {
            let Some(row) = InSession::new(&rows, at, &events, &keyring) else {
                continue;
            };
            let old = row.row.new_key.as_ref().and_then(|new| new.old.as_ref());
            for (message, plain) in sealed_messages(&row, &events) {
                for entry in message_entries().into_iter().filter(of_data) {
                    let score = scores.entry(entry.mistake.code).or_default();
                    for recipe in (entry.alter)(&message, &message.rules()) {
                        let body = wrong_body(&message, &recipe, &plain, old);
                        let body = body.filter(|_| score.tries < MOST_TRIES);
                        let wrong =
                            body.and_then(|body| with_body(&events, row.row, message.side, &body));
                        if let Some(wrong) = wrong {
                            let decoded = trace::decode(&wrong, &keyring);
                            let found = explain(&decoded, at, &wrong, &keyring);
                            score.add(entry.mistake.code, codes(found.first()), &TWINS);
                        }
                    }
                }
            }
        }
    }
    assert_named(&scores, 15);
}

#[test]
fn every_mistake_has_its_code_and_whole_sentences() {
    let mut codes: Vec<&str> = catalogue().iter().map(|mistake| mistake.code).collect();
    assert!(codes.len() >= 80, "{}", codes.len());
    for mistake in catalogue() {
        for sentence in [mistake.title, mistake.fix] {
            assert!(
                sentence.ends_with('.') && !sentence.contains('!'),
                "{sentence}"
            );
        }
        assert!(mistake.section.contains('§'), "{}", mistake.code);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), catalogue().len());
}
