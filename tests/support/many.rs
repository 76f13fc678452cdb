//! Files with many transactions, made by the rules and not by the batch.

use std::fmt::Write;

use tapscope::bytes::hex;
use tapscope::tmac;

/// Key of the transactions.
pub const KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";

/// 20,000 transactions: line 12,345 has another amount, one of card 04A1B2C3D40007 is missing.
pub fn with_mistakes() -> String {
    let table = transactions(20_000);
    let mut lines: Vec<&str> = table.lines().collect();
    let other = lines[12_345].replace("credit 3 ", "credit 3 9");
    lines[12_345] = &other;
    lines.remove(776);
    lines.join("\n")
}

/// A table of so many transactions, 100 of each card, all right.
pub fn transactions(count: u32) -> String {
    let key = <[u8; 16]>::try_from(hex::parse(KEY).expect("digits")).expect("a key");
    let mut table = String::from("uid,tmc,tmv,operations\n");
    for number in 0..count {
        let [.., high, low] = (number / 100).to_be_bytes();
        let uid = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, high, low];
        let (tmc, amount) = (number % 100 + 1, number % 250 + 1);
        let mut tmi = [0; 16];
        tmi[..2].copy_from_slice(&[0x0C, 0x03]);
        tmi[2..6].copy_from_slice(&amount.to_le_bytes());
        let keys = tmac::session_keys(&key, tmc, &uid).result;
        let tmv = tmac::tmv(&keys, &tmi).result;
        let [uid, tmv] = [&uid[..], &tmv].map(hex::upper);
        writeln!(table, "{uid},{tmc},{tmv},credit 3 {amount}; commit").expect("a string");
    }
    table
}
