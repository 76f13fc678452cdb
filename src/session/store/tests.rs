//! A store comes back as it was, or as a sentence.

use super::*;
use crate::crypto::crc;
use crate::crypto::entropy::SeededEntropy;

/// One of everything that a keyring holds.
const KEYS: &[u8] = br#"{"keys":[
{"label":"top-up","aid":"014499","key_no":3,"type":"aes128","value":"8D1F36C2507BE94A13F8C66DA02E57B9","version":16,"diversify":{"rule":"an10922","input":"{uid}{aid}"}},
{"label":"tmac","aid":"014499","key_no":0,"type":"aes128","value":"5A0E77C3914BD82F66A1F30C98D4E27B","version":0,"use":"tmac","file_no":15},
{"label":"second set","aid":"*","key_no":"*","type":"3k3des","value":"0A3C5E7092B4D6F81A3C5E7092B4D6F82A4C6E8092B4D6F8","version":2,"key_set":1},
{"label":"meta \"read\"","aid":"000000","key_no":2,"type":"aes128","value":"C1D2E3F40516273849505A6B7C8D9EAF","version":0,"use":"sdm_meta"},
{"label":"s1","session":{"channel":"ev2","enc":"11A2B3C4D5E6F708192A3B4C5D6E7F80","mac":"21A2B3C4D5E6F708192A3B4C5D6E7F80","ti":"A1B2C3D4","counter":7}},
{"label":"s2","session":{"channel":"d40","key":"31A2B3C4D5E6F708"}}
]}"#;

fn keyring() -> Keyring {
    keys::read(KEYS).unwrap().value
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn sealed() -> Vec<u8> {
    let mut entropy = SeededEntropy::new(7);
    let key = StoreKey::new(
        &passphrase("correct horse"),
        WorkFactor::LEAST,
        &mut entropy,
    )
    .unwrap();
    key.seal(&keyring(), &mut entropy).unwrap()
}

fn try_open(file: &[u8], text: &str) -> Result<Opened, StoreError> {
    open(file, &passphrase(text), &mut SeededEntropy::new(8))
}

#[test]
fn every_kind_of_entry_comes_back() {
    let opened = try_open(&sealed(), "correct horse").unwrap();
    assert_eq!(opened.keys.value, keyring());
    assert!(opened.keys.findings.is_empty());
}

#[test]
fn an_open_store_is_sealed_again_without_the_passphrase() {
    let mut opened = try_open(&sealed(), "correct horse").unwrap();
    opened.keys.value.keys.remove(0);
    let keys = opened.keys.value;
    let again = opened.key.seal(&keys, &mut SeededEntropy::new(9)).unwrap();
    let last = opened.key.close(&keys).unwrap();
    assert_ne!(again[46..], last[46..], "another nonce");
    for file in [again, last] {
        assert_eq!(file[..46].len(), 46);
        assert_eq!(try_open(&file, "correct horse").unwrap().keys.value, keys);
        assert_eq!(
            try_open(&file, "Correct horse"),
            Err(StoreError::WrongPassphrase)
        );
    }
}

#[test]
fn a_wrong_passphrase_is_told_from_none() {
    let file = sealed();
    for wrong in ["correct horsf", "correct horse ", "x"] {
        let error = try_open(&file, wrong).unwrap_err();
        assert_eq!(error.to_string(), "wrong passphrase");
    }
    let error = try_open(&file, "").unwrap_err();
    assert_eq!(error.to_string(), "the passphrase is empty");
}

#[test]
fn every_front_part_of_a_store_is_cut_off() {
    let file = sealed();
    for at in 0..file.len() {
        let error = try_open(&file[..at], "correct horse").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(&format!(
                "the key store is cut off at offset {at}, at least "
            )),
            "{text}"
        );
    }
    let mut long = file;
    long.push(0);
    let error = try_open(&long, "correct horse").unwrap_err();
    assert_eq!(error.to_string(), "1 bytes follow the end of the key store");
}

#[test]
fn every_flipped_byte_is_noticed_before_a_passphrase_is_tried() {
    let file = sealed();
    let mut random = SeededEntropy::new(10);
    for at in 0..file.len() {
        let mut mask = [0];
        random.fill(&mut mask);
        let mut damaged = file.clone();
        damaged[at] ^= mask[0].max(1);
        let error = try_open(&damaged, "correct horse").unwrap_err();
        let expected = match at {
            0..16 => matches!(error, StoreError::NotAStore),
            16..18 => matches!(error, StoreError::Older { .. } | StoreError::Newer { .. }),
            18..22 => matches!(
                error,
                StoreError::CutOff { .. } | StoreError::Trailing { .. }
            ),
            _ => error == StoreError::Damaged,
        };
        assert!(expected, "{at}: {error}");
    }
}

/// Changes bytes and mends the checksum, as somebody would who means harm.
fn forged(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = sealed();
    file[at..at + bytes.len()].copy_from_slice(bytes);
    let end = file.len() - 4;
    let check = crc::crc32(&file[..end]);
    file[end..].copy_from_slice(&check);
    file
}

#[test]
fn a_forged_store_does_not_open() {
    let length = sealed().len();
    for at in 26..length - 4 {
        let old = sealed()[at];
        // Work factors that stay small.
        let new = if at < 30 { old ^ 2 } else { old ^ 0x40 };
        if (27..30).contains(&at) {
            continue;
        }
        let error = try_open(&forged(at, &[new]), "correct horse").unwrap_err();
        assert_eq!(error, StoreError::WrongPassphrase, "{at}");
    }
    let greedy = forged(22, &0xFFFF_FFFF_u32.to_le_bytes());
    let text = try_open(&greedy, "correct horse").unwrap_err().to_string();
    assert_eq!(
        text,
        "the key store asks for 4294967295 KiB and 1 passes, expected 8 to 1048576 KiB and 1 to 16"
    );
}

#[test]
fn other_versions_and_other_files_are_told() {
    for (version, expected) in [
        (
            0_u16,
            "the key store has version 0, older than what this program reads, expected 1",
        ),
        (
            2,
            "the key store has version 2, made by a newer program, expected 1",
        ),
    ] {
        let file = forged(16, &version.to_le_bytes());
        let error = try_open(&file, "correct horse").unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    for other in [KEYS, b"tapscope-key", b"\0\0"] {
        let expected = if other.len() == 12 {
            "the key store is cut off at offset 12, at least 90 bytes expected"
        } else {
            "not a key store"
        };
        let error = try_open(other, "correct horse").unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(is_store(&sealed()) && is_store(b"tapscope-keys\r"));
    assert!(!is_store(KEYS) && !is_store(b"tapscope") && !is_store(b""));
}

#[test]
fn a_newer_key_file_inside_is_told() {
    let key = StoreKey::new(
        &passphrase("a"),
        WorkFactor::LEAST,
        &mut SeededEntropy::new(3),
    )
    .unwrap();
    let plain = Secret::new(*br#"{"version":2,"keys":[]}"#);
    let head = Head {
        work: key.work,
        salt: key.salt,
        nonce: key.last_nonce,
    };
    let head = head.emit(plain.expose().len()).unwrap();
    let sealed = key.key.seal(&key.last_nonce, &head, &plain).unwrap();
    let error = try_open(&layout::file(head, &sealed), "a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "in the key store: not a key file: version is 2, 1 expected"
    );
}
