//! Order, gaps, replays and values of small batches.

use super::*;
use crate::bytes::hex;
use crate::calculator::{Overrides, Texts};

const KEY: [u8; 16] = *b"\x0F\x1E\x2D\x3C\x4B\x5A\x69\x78\x87\x96\xA5\xB4\xC3\xD2\xE1\xF0";

fn inputs(more: &[(&str, &str)]) -> Texts {
    let key = ("key".to_owned(), hex::upper(KEY));
    let more = more.iter();
    std::iter::once(key)
        .chain(more.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
        .collect()
}

fn batch(rows: Vec<Row>, more: &[(&str, &str)]) -> Checked {
    let batch = Batch::new(&inputs(more), rows);
    Checked::Transactions(batch.expect("inputs that are right"))
}

/// What a row says, which has to be readable.
fn said(row: &Row) -> Transaction {
    row.read(&Options::default()).unwrap().0
}

/// The row with other text in its columns.
fn with(row: &Row, more: &[(&str, String)]) -> Row {
    let mut cells = row.cells();
    cells.extend(
        more.iter()
            .map(|(name, text)| ((*name).into(), text.clone())),
    );
    Row::new(row.line, &cells)
}

fn row(line: u64, uid: u8, tmc: u32, amount: u8) -> Row {
    let uid = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, uid];
    let operations = format!("credit 3 {amount}; commit");
    let mut cells = Texts::from([
        ("uid".into(), hex::upper(uid)),
        ("tmc".into(), hex::upper(tmc.to_le_bytes())),
        ("operations".into(), operations),
        ("tmv".into(), "0000000000000000".into()),
    ]);
    let keys = tmac::session_keys(&KEY, tmc, &uid).result;
    let read = said(&Row::new(line, &cells));
    let tmv = tmac::tmv(&keys, &read.tmi).result;
    cells.insert("tmv".into(), hex::upper(tmv));
    Row::new(line, &cells)
}

fn judged(rows: Vec<Row>) -> Batch {
    let mut batch = batch(rows, &[]);
    assert!(batch.run(1, |_| true));
    match batch {
        Checked::Transactions(batch) => batch,
        Checked::Urls(_) => panic!("transactions were given"),
    }
}

#[test]
fn order_gaps_and_replays_are_those_of_each_card() {
    let rows = vec![
        row(2, 1, 5, 10),
        row(3, 2, 1, 10),
        row(4, 1, 6, 10),
        row(5, 1, 9, 10),
        row(6, 1, 7, 10),
        row(7, 1, 6, 10),
        row(8, 1, 5, 99),
    ];
    let batch = judged(rows);
    let orders: Vec<Order> = batch.judged().iter().map(|row| row.order).collect();
    assert_eq!(
        orders,
        [
            Order::First,
            Order::First,
            Order::Next,
            Order::Jump(7),
            Order::Late,
            Order::Duplicate(4),
            Order::Conflict(2)
        ]
    );
    assert!(batch.judged().iter().all(|row| row.value == Value::Fits));
    let wrong: Vec<u64> = batch
        .judged()
        .iter()
        .filter(|row| row.is_wrong())
        .map(|row| row.line)
        .collect();
    assert_eq!(wrong, [7, 8]);
    let cards = batch.cards();
    assert_eq!(cards[0].gaps, [(8, 8)], "7 came late");
    assert_eq!((cards[0].transactions, cards[0].counters), (4, (5, 9)));
    assert_eq!(cards[1].gaps, []);
    assert!(batch.is_wrong());
}

#[test]
fn a_wrong_value_and_a_row_that_cannot_be_read() {
    let other = row(3, 1, 6, 10);
    let mut tmv = said(&other).tmv;
    tmv[0] ^= 1;
    let other = with(&other, &[("tmv", hex::upper(tmv))]);
    let cells = Texts::from([
        ("uid".into(), "04A1".into()),
        ("tmc".into(), "7".into()),
        ("tmv".into(), "00".into()),
    ]);
    let batch = judged(vec![row(2, 1, 5, 10), other, Row::new(4, &cells)]);
    assert!(matches!(batch.judged()[1].value, Value::Differs(_)));
    let Value::Unreadable(slips) = &batch.judged()[2].value else {
        panic!("two cells are too short")
    };
    let names: Vec<&str> = slips.iter().map(|slip| slip.place.name()).collect();
    assert_eq!(names, ["uid", "tmv"]);
}

#[test]
fn it_goes_in_slices_and_can_be_stopped() {
    let rows: Vec<Row> = (1..=10).map(|tmc| row(u64::from(tmc), 1, tmc, 1)).collect();
    let mut batch = batch(rows, &[]);
    let mut told = Vec::new();
    let ended = batch.run(3, |progress| {
        told.push(progress.done);
        told.len() < 2
    });
    assert!(!ended);
    assert_eq!(told, [3, 6]);
    assert_eq!(batch.progress(), Progress { done: 6, total: 10 });
    assert!(batch.run(100, |_| false));
    assert!(!batch.is_wrong());
}

#[test]
fn enc_tmri_has_to_hold_the_previous_reader() {
    let base = row(2, 1, 5, 10);
    let previous = [0x3C; 16];
    let [right, wrong] = [previous, [0x3D; 16]].map(|reader| {
        let transaction = said(&base);
        let keys = tmac::session_keys(&KEY, transaction.tmc, &transaction.uid).result;
        let enciphered = hex::upper(tmac::enc_tmri(&keys, reader));
        let previous = hex::upper(previous);
        with(&base, &[("enc_tmri", enciphered), ("tmri_prev", previous)])
    });
    assert_eq!(judged(vec![right]).judged()[0].reader, Some(true));
    assert!(judged(vec![wrong]).is_wrong());
}

const TMRI: &str = "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF";
const PREVIOUS: [u8; 16] = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF";

/// A row with the TMV over `tmi`.
fn told(operations: &str, tmi: &[u8], more: &[(&str, String)]) -> Row {
    let uid = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 1];
    let keys = tmac::session_keys(&KEY, 5, &uid).result;
    let mut cells = Texts::from([
        ("uid".into(), hex::upper(uid)),
        ("tmc".into(), "05000000".into()),
        ("operations".into(), operations.into()),
        ("tmv".into(), hex::upper(tmac::tmv(&keys, tmi).result)),
    ]);
    cells.extend(
        more.iter()
            .map(|(name, text)| ((*name).into(), text.clone())),
    );
    Row::new(2, &cells)
}

fn credit(amount: u8) -> Vec<u8> {
    let mut tmi = vec![0; 16];
    tmi[..3].copy_from_slice(&[0x0C, 0x03, amount]);
    tmi
}

/// The TMI of a CommitReaderID, and its EncTMRI.
fn reader_id(previous: Option<[u8; 16]>) -> (Vec<u8>, Option<[u8; 16]>) {
    let keys = tmac::session_keys(&KEY, 5, &[0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 1]).result;
    let enciphered = previous.map(|previous| tmac::enc_tmri(&keys, previous));
    let mut tmi = [&[0xC8][..], &hex::parse(TMRI).unwrap()].concat();
    tmi.extend(enciphered.into_iter().flatten());
    tmi.resize(tmi.len().next_multiple_of(16), 0);
    (tmi, enciphered)
}

fn problem(row: Row) -> String {
    let batch = judged(vec![row]);
    match &batch.judged()[0].value {
        Value::Unreadable(slips) => format!("{}: {}", slips[0].place.name(), slips[0].text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_holds_one_transaction_and_its_answer_is_that_of_the_columns() {
    let two = told("credit 3 9; commit; credit 3 1; commit", &credit(1), &[]);
    assert_eq!(
        problem(two),
        "operations: 2 transactions, 1 expected in a row"
    );
    let right = told("credit 3 1; commit", &credit(1), &[]);
    let tmv = hex::upper(said(&right).tmv);
    assert_eq!(judged(vec![right]).judged()[0].value, Value::Fits);
    let answered = format!("credit 3 1; commit -> 05000000{tmv}");
    let fits = told(&answered, &credit(1), &[]);
    assert_eq!(judged(vec![fits]).judged()[0].value, Value::Fits);
    let other = format!("credit 3 1; commit -> 06000000{tmv}");
    assert_eq!(
        problem(told(&other, &credit(1), &[])),
        "tmc: 5, the commit in operations was answered with 6"
    );
    let other = "credit 3 1; commit -> 05000000FFFFFFFFFFFFFFFF";
    assert_eq!(
        problem(told(other, &credit(1), &[])),
        format!("tmv: {tmv}, the commit in operations was answered with FFFFFFFFFFFFFFFF")
    );
}

#[test]
fn the_reader_identifier_of_a_line_is_checked() {
    let (tmi, enciphered) = reader_id(Some(PREVIOUS));
    let line = format!("C8 {TMRI} -> {}; commit", hex::upper(enciphered.unwrap()));
    for (previous, fits) in [(PREVIOUS, true), ([0xFF; 16], false)] {
        let row = told(&line, &tmi, &[("tmri_prev", hex::upper(previous))]);
        let batch = judged(vec![row]);
        assert_eq!(batch.judged()[0].value, Value::Fits);
        assert_eq!(batch.judged()[0].reader, Some(fits));
        assert_eq!(batch.is_wrong(), !fits);
    }
    let beside = told(&line, &tmi, &[("enc_tmri", hex::upper([0x11; 16]))]);
    assert!(problem(beside).starts_with("enc_tmri: 11111111"));
}

#[test]
fn the_previous_reader_stands_in_for_an_answer_that_is_not_there() {
    let (tmi, _) = reader_id(Some(PREVIOUS));
    let line = format!("C8 {TMRI}; commit");
    let row = told(&line, &tmi, &[("tmri_prev", hex::upper(PREVIOUS))]);
    assert_eq!(judged(vec![row]).judged()[0].value, Value::Fits);
    let other = told(&line, &tmi, &[("tmri_prev", hex::upper([0xFF; 16]))]);
    let batch = judged(vec![other]);
    assert!(matches!(batch.judged()[0].value, Value::Differs(_)));
}

#[test]
fn a_reader_identifier_that_is_taken_for_one_without_a_session_is_told() {
    let line = format!("C8 {TMRI}; commit");
    let (without, _) = reader_id(None);
    let row = told(&line, &without, &[]);
    assert_eq!(
        judged(vec![row]).judged()[0].value,
        Value::Fits,
        "the TMV says so"
    );
    let (with, _) = reader_id(Some(PREVIOUS));
    let text = problem(told(&line, &with, &[]));
    assert!(text.starts_with("operations: The TMV differs"), "{text}");
    let open = format!("unauthenticated; {line}");
    let batch = judged(vec![told(&open, &with, &[])]);
    assert!(
        matches!(batch.judged()[0].value, Value::Differs(_)),
        "nothing is assumed"
    );
}

#[test]
fn a_counter_with_its_bytes_turned_round_is_told_beside_the_wrong_value() {
    let row = with(&row(2, 1, 5, 10), &[("tmc", "00000005".into())]);
    let batch = judged(vec![row]);
    assert!(matches!(batch.judged()[0].value, Value::Differs(_)));
    let sentences = batch.judged()[0].sentences();
    assert!(
        sentences[1].starts_with("tmc: ") && sentences[1].ends_with("the bytes are 05000000"),
        "{sentences:?}"
    );
}

#[test]
fn what_counts_is_what_the_page_says() {
    let operations = "unauthenticated; credit 3 9; authenticated; credit 3 1; commit";
    let row = with(&row(2, 1, 5, 1), &[("operations", operations.into())]);
    let options = Options {
        only_authenticated: true,
        ..Options::default()
    };
    assert_eq!(row.read(&options).unwrap().0.tmi.len(), 16);
    assert_eq!(said(&row).tmi.len(), 32);
}

/// Two transactions of an application with LRP: only their values, and what comes twice, are told.
#[test]
fn lrp_has_keys_of_its_own_and_no_order() {
    let lrp = |line, tmc: u32| {
        let base = row(line, 1, tmc, 10);
        let transaction = said(&base);
        let keys = tmac_keys(&KEY, tmc.to_le_bytes(), &transaction.uid, true);
        let tmv = tmac::tmv(&keys, &transaction.tmi).result;
        with(&base, &[("tmv", hex::upper(tmv))])
    };
    let rows = vec![
        lrp(2, 0x0001_0005),
        lrp(3, 0x0007_0005),
        lrp(4, 0x0001_0005),
    ];
    let mut plain = batch(rows.clone(), &[]);
    plain.run(9, |_| true);
    assert!((0..3).all(|row| plain.standing(row) == Some(Standing::Wrong)));
    let mut batch = batch(rows, &[("mode", "lrp")]);
    batch.run(9, |_| true);
    let standings = [0, 1, 2].map(|row| batch.standing(row));
    let right = Some(Standing::Right);
    assert_eq!(standings, [right, right, Some(Standing::Wrong)]);
    assert_eq!(batch.gaps(), []);
    assert!(batch.summary().contains("unconfirmed"));
    assert!(fits_on_the_page(&batch, 1, &[("mode", "lrp")]));
}

/// A counter whose half has four digits, which could be bytes.
#[test]
fn a_line_of_lrp_means_the_same_on_the_page() {
    let base = row(2, 1, 1234, 10);
    let keys = tmac_keys(&KEY, 1234_u32.to_le_bytes(), &said(&base).uid, true);
    let tmv = tmac::tmv(&keys, &said(&base).tmi).result;
    let row = with(&base, &[("tmv", hex::upper(tmv))]);
    let mut batch = batch(vec![row], &[("mode", "lrp")]);
    batch.run(9, |_| true);
    assert_eq!(batch.standing(0), Some(Standing::Right));
    assert!(fits_on_the_page(&batch, 0, &[("mode", "lrp")]));
}

/// The key of each card is made from a master key, on the page as in the file.
#[test]
fn a_line_under_a_master_key_means_the_same_on_the_page() {
    let rule = [("diversify", "an10922:{uid}{aid}"), ("aid", "014499")];
    let base = row(2, 1, 5, 10);
    let transaction = said(&base);
    let input = [&transaction.uid[..], &[0x99, 0x44, 0x01]].concat();
    let key = crate::diversify::an10922_aes(&KEY, &input).unwrap().result;
    let key = key.aes128().unwrap();
    let keys = tmac::session_keys(&key, transaction.tmc, &transaction.uid).result;
    let tmv = tmac::tmv(&keys, &transaction.tmi).result;
    let row = with(&base, &[("tmv", hex::upper(tmv))]);
    let mut batch = batch(vec![row], &rule);
    batch.run(9, |_| true);
    assert_eq!(batch.standing(0), Some(Standing::Right));
    assert!(fits_on_the_page(&batch, 0, &rule));
    assert!(
        !fits_on_the_page(&batch, 0, &[]),
        "the key is not the card's"
    );
}

#[test]
fn a_sentence_names_some_gaps_and_counts_the_others() {
    let rows = (1..=60).map(|nth| row(nth, 1, 2 * u32::try_from(nth).unwrap(), 1));
    let batch = judged(rows.collect());
    let sentence = batch.cards()[0].sentence().unwrap();
    assert!(sentence.starts_with("TMC 3, 5, 7, "), "{sentence}");
    assert!(
        sentence.ends_with(", 25 and in 47 more places missing"),
        "{sentence}"
    );
}

#[test]
fn a_line_gives_the_page_what_it_says() {
    let mut batch = batch(vec![row(2, 1, 5, 10)], &[]);
    batch.run(9, |_| true);
    assert!(fits_on_the_page(&batch, 0, &[]));
    assert_eq!(batch.texts(1), None);
}

/// Whether the page with these inputs finds the TMV of a line right.
fn fits_on_the_page(batch: &Checked, line: usize, more: &[(&str, &str)]) -> bool {
    let topic = crate::calculator::topic(Kind::Transactions.topic()).unwrap();
    let mut texts = inputs(more);
    texts.extend(batch.texts(line).unwrap());
    let outcome = topic.run(&texts, &Overrides::new());
    assert_eq!(outcome.slips, []);
    let mut lines = outcome.sheet.lines().iter();
    let check = lines.find(|line| line.label == "Received TMV");
    !check.expect("a check").is_wrong()
}

#[test]
fn a_wrong_input_of_the_page_is_named_and_those_of_a_line_are_not_asked_for() {
    let texts = Texts::from([("key".into(), "0F".into()), ("uid".into(), "zz".into())]);
    let slips = Batch::new(&texts, Vec::new()).unwrap_err();
    let names: Vec<&str> = slips.iter().map(|slip| slip.place.name()).collect();
    assert_eq!(names, ["key"]);
    let rule = inputs(&[("diversify", "an10922:{uid}{aid}")]);
    let slips = Batch::new(&rule, Vec::new()).unwrap_err();
    assert_eq!(slips[0].place.name(), "aid", "once, not in each line");
}
