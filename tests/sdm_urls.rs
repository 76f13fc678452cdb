//! URLs of a tag made for the test: any settings come back, mistakes are named, nothing panics.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]

use proptest::prelude::*;
use tapscope::bytes::hex;
use tapscope::crypto::aes::AesKey;
use tapscope::crypto::cmac::{aes_cmac, odd_bytes};
use tapscope::crypto::lrp::Lrp;
use tapscope::sdm::url::{MacStart, Names, dissect};
use tapscope::sdm::{
    Keys, MacInput, Mode, Prepared, ReadCtr, Reading, Slip, TamperStatus, examine, verify,
};

/// A tag with its settings, from the data sheet's words and shared with nothing of `sdm`.
#[derive(Clone, Debug)]
struct Tag {
    lrp: bool,
    meta: [u8; 16],
    file: [u8; 16],
    uid: Option<[u8; 7]>,
    ctr: Option<u32>,
    encrypted: bool,
    /// File data in the clear, whole blocks.
    data: Vec<u8>,
    random: [u8; 8],
    /// SDMMACInputOffset in thousandths of SDMMACOffset; 1000 is the MAC itself.
    start: usize,
}

impl Tag {
    fn ctr(&self) -> Vec<u8> {
        let ctr = self.ctr.map(|ctr| ctr.to_le_bytes()[..3].to_vec());
        ctr.unwrap_or_default()
    }

    fn session_key(&self, label: [u8; 2]) -> [u8; 16] {
        let fields = [
            &self.uid.map(Vec::from).unwrap_or_default()[..],
            &self.ctr(),
        ]
        .concat();
        let mut sv = [&[0, 1, 0, 0x80][..], &fields].concat();
        if self.lrp {
            sv.resize(14, 0);
            sv.extend([0x1E, 0xE1]);
            return Lrp::new(&self.file, 0).mac(&[&sv]);
        }
        sv.splice(..0, label);
        sv.resize(16, 0);
        aes_cmac(&self.file, &[&sv])
    }

    fn picc_data(&self) -> String {
        let tag = u8::from(self.uid.is_some()) << 7 | u8::from(self.ctr.is_some()) << 6;
        let tag = tag | if self.uid.is_some() { 7 } else { 0 };
        let mut plain = [
            &[tag][..],
            &self.uid.map(Vec::from).unwrap_or_default(),
            &self.ctr(),
        ]
        .concat();
        plain.extend(self.random);
        plain.resize(16, 0xD4);
        if self.lrp {
            Lrp::new(&self.meta, 0).encrypt(&mut self.random.clone(), &mut plain);
            return hex::upper([&self.random[..], &plain].concat());
        }
        AesKey::new(&self.meta).cbc_encrypt(&[0; 16], &mut plain);
        hex::upper(plain)
    }

    fn file_data(&self) -> String {
        let key = self.session_key([0xC3, 0x3C]);
        let mut data = self.data.clone();
        let mut start = self.ctr();
        if self.lrp {
            start.resize(6, 0);
            Lrp::new(&key, 1).encrypt(&mut start, &mut data);
        } else {
            start.resize(16, 0);
            let key = AesKey::new(&key);
            let iv = key.encrypt_block(start.try_into().expect("a block"));
            key.cbc_encrypt(&iv, &mut data);
        }
        hex::upper(data)
    }

    /// The URL, and the byte of it where the MAC's input begins.
    fn url(&self) -> (String, usize) {
        let mut url = "https://shop.example/t?lang=de".to_owned();
        if self.encrypted {
            url.push_str("&picc_data=");
            url.push_str(&self.picc_data());
        } else {
            for (name, digits) in [
                ("uid", self.uid.map(hex::upper)),
                ("ctr", self.ctr.map(|ctr| format!("{ctr:06X}"))),
            ] {
                url += &digits
                    .map(|digits| format!("&{name}={digits}"))
                    .unwrap_or_default();
            }
        }
        if !self.data.is_empty() {
            url.push_str("&enc=");
            url.push_str(&self.file_data());
        }
        url += "&cmac=";
        let prefix = "https://".len();
        let start = prefix + (url.len() - prefix) * self.start / 1000;
        let mac = self.mac(&url.as_bytes()[start..]);
        (url + &hex::upper(odd_bytes(mac)), start)
    }

    fn mac(&self, input: &[u8]) -> [u8; 16] {
        let key = self.session_key([0x3C, 0xC3]);
        if self.lrp {
            return Lrp::new(&key, 0).mac(&[input]);
        }
        aes_cmac(&key, &[input])
    }

    fn keys(&self) -> Keys {
        Keys {
            meta: Some(self.meta),
            file: self.file,
        }
    }
}

fn tag() -> impl Strategy<Value = Tag> {
    let identity = prop_oneof![Just((true, true)), Just((true, false)), Just((false, true))];
    let keys = (any::<[u8; 16]>(), any::<[u8; 16]>());
    let content = (
        any::<[u8; 7]>(),
        0..0x100_0000_u32,
        0..4_usize,
        any::<[u8; 8]>(),
    );
    let start = prop_oneof![Just(1000), 0..1000_usize];
    (any::<[bool; 2]>(), identity, keys, content, start).prop_map(
        |(
            [lrp, encrypted],
            (uid, ctr),
            (meta, file),
            (uid_bytes, count, blocks, random),
            start,
        )| {
            let data = random.repeat(2 * blocks);
            Tag {
                lrp,
                meta,
                file,
                uid: uid.then_some(uid_bytes),
                ctr: ctr.then_some(count),
                encrypted,
                data: if ctr { data } else { Vec::new() },
                random,
                start,
            }
        },
    )
}

/// A tag for the mistakes: its key bytes differ from each other.
fn example(lrp: bool) -> Tag {
    Tag {
        lrp,
        meta: std::array::from_fn(|i| i.to_le_bytes()[0] * 7 + 0x31),
        file: std::array::from_fn(|i| i.to_le_bytes()[0] * 11 + 0x42),
        uid: Some([0x04, 0x3A, 0x91, 0x5C, 0xE2, 0x61, 0x80]),
        ctr: Some(0x12_3456),
        encrypted: false,
        data: b"OC and 30 signs of the file data".to_vec(),
        random: [9, 2, 8, 3, 7, 4, 6, 5],
        start: 1000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_a_tag_is_set_to_comes_back(tag in tag()) {
        let (url, start) = tag.url();
        let examined = examine(&url, &tag.keys(), &Reading::default()).expect("a message");
        prop_assert!(examined.is_ok(), "{url}");
        let mode = if tag.lrp { Mode::Lrp } else { Mode::Aes };
        prop_assert_eq!(examined.mode, mode);
        let verified = examined.verified.clone().expect("a message");
        prop_assert_eq!(verified.mirrored.uid, tag.uid);
        prop_assert_eq!(verified.mirrored.ctr.map(ReadCtr::number), tag.ctr);
        let data = Some(tag.data.clone()).filter(|data| !data.is_empty());
        prop_assert_eq!(&verified.file_data, &data);
        let expected = if tag.start == 1000 { MacStart::Empty } else { MacStart::Text(start) };
        prop_assert_eq!(examined.start, expected);
        let fast = verify(&Prepared::new(mode, &tag.keys()), &examined.url.message(expected));
        prop_assert_eq!(fast, Ok(verified));
    }

    #[test]
    fn no_url_panics(
        junk in "\\PC{0,60}",
        at in 0..200_usize,
        len in 0..40_usize,
        lrp in any::<bool>(),
        tag in tag(),
    ) {
        let reading = Reading::default();
        let (url, _) = tag.url();
        let characters: Vec<char> = url.chars().collect();
        let at = at.min(characters.len());
        let after = (at + len).min(characters.len());
        let mutated: String = characters[..at].iter().copied()
            .chain(junk.chars())
            .chain(characters[after..].iter().copied())
            .collect();
        let mode = if lrp { Mode::Lrp } else { Mode::Aes };
        for url in [&junk, &mutated] {
            for mode in [None, Some(mode)] {
                if let Ok(dissected) = dissect(url, &Names::default(), mode) {
                    for field in dissected.fields() {
                        prop_assert!(dissected.text().get(field.value.start..field.value.end).is_some());
                    }
                }
            }
        }
        let reading = Reading { mac_input: MacInput::Offset(at), tamper_at: Some(len), ..reading };
        if let Ok(examined) = examine(&mutated, &tag.keys(), &reading) {
            for slip in &examined.slips {
                prop_assert!(!slip.to_string().is_empty());
            }
        }
    }
}

fn slips(url: &str, keys: &Keys, mode: Option<Mode>) -> Vec<Slip> {
    let reading = Reading {
        mode,
        ..Reading::default()
    };
    let examined = examine(url, keys, &reading).expect("a message");
    assert!(!examined.is_ok(), "{url}");
    examined.slips
}

#[test]
fn mistakes_are_named() {
    for lrp in [false, true] {
        let right = if lrp { Mode::Lrp } else { Mode::Aes };
        let mode = Some(right);
        let tag = example(lrp);
        let (url, _) = tag.url();
        let keys = tag.keys();
        let (text, _) = url.split_at(url.len() - 16);
        let with = |mac: &[u8]| format!("{text}{}", hex::upper(mac));
        let full = tag.mac(b"");
        let even: Vec<u8> = full.iter().copied().step_by(2).collect();
        assert_eq!(
            slips(&with(&full[..8]), &keys, mode),
            [Slip::Bytes("with the first 8 bytes")]
        );
        assert_eq!(
            slips(&with(&full[8..]), &keys, mode),
            [Slip::Bytes("with the last 8 bytes")]
        );
        assert_eq!(
            slips(&with(&even), &keys, mode),
            [Slip::Bytes("with bytes 0, 2, … 14")]
        );
        let swapped = url.replace("123456", "563412");
        assert_eq!(slips(&swapped, &keys, mode), [Slip::CounterOrder]);
        let other = Some(right.other());
        assert_eq!(slips(&url, &keys, other), [Slip::Mode(right)]);
        let both = Tag {
            data: Vec::new(),
            ..tag.clone()
        };
        for (tag, slip) in [
            (
                Tag {
                    uid: None,
                    ..both.clone()
                },
                Slip::WithoutUid,
            ),
            (
                Tag {
                    ctr: None,
                    ..both.clone()
                },
                Slip::WithoutCounter,
            ),
        ] {
            let (mac, _) = tag.url();
            let (url, _) = both.url();
            let (text, _) = url.split_at(url.len() - 16);
            let url = format!("{text}{}", &mac[mac.len() - 16..]);
            assert_eq!(slips(&url, &keys, mode), [slip]);
        }
        let zero = with(&[0; 8]);
        let named = slips(&zero, &keys, mode);
        assert!(
            named[0]
                .to_string()
                .starts_with("the SDMMAC is still the placeholder")
        );
        let encrypted = Tag {
            encrypted: true,
            ..tag.clone()
        };
        let (url, _) = encrypted.url();
        let exchanged = Keys {
            meta: Some(tag.file),
            file: tag.meta,
        };
        assert_eq!(slips(&url, &exchanged, mode), [Slip::KeysSwapped]);
        let (with_one_key, _) = Tag {
            file: tag.meta,
            ..encrypted
        }
        .url();
        assert_eq!(slips(&with_one_key, &keys, mode), [Slip::OneKey]);
    }
}

#[test]
fn a_mac_from_the_ndef_message_on_is_found() {
    let tag = example(false);
    let (url, _) = tag.url();
    let (text, _) = url.split_at(url.len() - 16);
    let sent = text.strip_prefix("https://").expect("the prefix");
    let len = u8::try_from(sent.len() + 16 + 1).expect("a short record");
    let input = [&[0xD1, 0x01, len, b'U', 0x04][..], sent.as_bytes()].concat();
    let url = format!("{text}{}", hex::upper(odd_bytes(tag.mac(&input))));
    let examined = examine(&url, &tag.keys(), &Reading::default()).expect("a message");
    assert!(examined.is_ok());
    assert_eq!(examined.start, MacStart::Header(2));
    let words = examined.landmark().map(|landmark| landmark.to_string());
    assert_eq!(words.as_deref(), Some("the NDEF message"));
}

#[test]
fn the_tamper_status_is_read_where_the_tag_mirrors_it() {
    let tag = example(true);
    let (url, _) = tag.url();
    let reading = Reading {
        tamper_at: Some(0),
        ..Reading::default()
    };
    let status = TamperStatus::from_letters(*b"OC");
    let examined = examine(&url, &tag.keys(), &reading).expect("a message");
    assert_eq!(examined.tamper, status);
    let plain = url.replace("lang=de", "tt=OC");
    let examined = examine(&plain, &tag.keys(), &Reading::default()).expect("a message");
    assert_eq!(examined.tamper, status);
}
