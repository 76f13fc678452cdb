//! Random frames: what the topic builds is what host and card of the project build, and it comes apart again.

use proptest::prelude::*;
use tapscope::apdu::Frame;
use tapscope::bytes::hex;
use tapscope::card::{CommMode, KeyType};
use tapscope::secure_messaging::handshake::SessionKeys;
use tapscope::secure_messaging::{D40, Ev1, Ev2, Extent};

use super::{digits, run};

/// Inputs of one message, and the same through the channels of the project.
#[derive(Clone, Debug)]
struct Random {
    key: [u8; 24],
    other: [u8; 16],
    iv: [u8; 16],
    ti: [u8; 4],
    counter: u16,
    header: Vec<u8>,
    data: Vec<u8>,
    mode: usize,
}

const MODES: [(&str, CommMode); 3] = [
    ("plain", CommMode::Plain),
    ("mac", CommMode::Mac),
    ("full", CommMode::Full),
];

fn random() -> impl Strategy<Value = Random> {
    let keys = (any::<[u8; 24]>(), any::<[u8; 16]>(), any::<[u8; 16]>());
    let bytes = |len| proptest::collection::vec(any::<u8>(), len);
    let state = (keys, any::<[u8; 4]>(), 0..u16::MAX);
    // Nothing at all is as common as data: most answers only say that all went well.
    let data = prop_oneof![Just(Vec::new()), bytes(1..60)];
    (state, bytes(0..8), data, 0..3_usize).prop_map(|(state, header, data, mode)| {
        let ((key, other, iv), ti, counter) = state;
        Random {
            key,
            other,
            iv,
            ti,
            counter,
            header,
            data,
            mode,
        }
    })
}

impl Random {
    fn frame(&self) -> Frame {
        Frame::desfire(
            0x8D,
            [&self.header[..], &self.data].concat(),
            self.header.len(),
        )
    }

    /// Builds a command and an answer as `sealed` says, and takes both apart again.
    fn holds(&self, session: &[(&str, &str)], sealed: [Vec<u8>; 2]) -> Result<(), TestCaseError> {
        let (name, _) = MODES[self.mode];
        let [header, data] = [&self.header, &self.data].map(hex::upper);
        let session = [session, &[("mode", name)]].concat();
        let [command, answer] = sealed;
        let (command, answer) = (
            [&[0x8D], &command[..]].concat(),
            [&[0x00], &answer[..]].concat(),
        );
        let build = [("ins", "8D"), ("header", &header), ("data", &data)];
        let built = run("frame", &[&session[..], &build].concat());
        prop_assert_eq!(digits(&built, "Native frame"), hex::upper(&command));
        let build = [("direction", "build-answer"), ("data", &data[..])];
        let built = run("frame", &[&session[..], &build].concat());
        prop_assert_eq!(digits(&built, "Native frame"), hex::upper(&answer));
        let length = self.header.len().to_string();
        let known = self.data.len().to_string();
        let [command, answer] = [command, answer].map(hex::upper);
        let known = [("length", &known[..]), ("header-length", &length)];
        for read in [
            [
                ("direction", "read-command"),
                ("frame", &command[..]),
                ("form", "auto"),
            ],
            [
                ("direction", "read-answer"),
                ("frame", &answer[..]),
                ("form", "native"),
            ],
        ] {
            let opened = run("frame", &[&session[..], &read, &known].concat());
            prop_assert!(
                !opened.sheet.is_wrong() && opened.slips.is_empty(),
                "{:?}",
                opened.slips
            );
            prop_assert_eq!(&digits(&opened, "Data"), &data);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn frames_are_those_of_host_and_card_in_ev2(random in random()) {
        let (_, mode) = MODES[random.mode];
        let keys = SessionKeys { enc: random.other, mac: random.iv };
        let channel = Ev2::new(&keys, random.ti).at(random.counter);
        let sealed = [
            channel.seal_command(&random.frame(), mode).expect("the counter can move"),
            channel.seal_response(0, &random.data, mode),
        ];
        let [enc, mac, ti] = [&keys.enc[..], &keys.mac, &random.ti].map(hex::upper);
        let counter = format!("0x{:X}", random.counter);
        random.holds(&[("enc", &enc), ("mac", &mac), ("ti", &ti), ("counter", &counter)], sealed)?;
    }

    #[test]
    fn frames_are_those_of_host_and_card_in_ev1(random in random(), of in 0..4_usize) {
        let (kind, key, block) = [
            (KeyType::Des, &random.key[..8], 8),
            (KeyType::TwoKey3Des, &random.key[..16], 8),
            (KeyType::ThreeKey3Des, &random.key[..], 8),
            (KeyType::Aes128, &random.other[..], 16),
        ][of];
        let (_, mode) = MODES[random.mode];
        let channel = Ev1::new(kind, key).and_then(|channel| channel.at(&random.iv[..block]));
        let channel = channel.expect("the lengths fit");
        let extent = Extent::Known(random.data.len());
        let sealed = [
            channel.clone().seal_command(&random.frame(), mode, extent),
            channel.clone().seal_response(0, &random.data, mode, extent),
        ];
        let [key, iv] = [key, &random.iv[..block]].map(hex::upper);
        let session = [("channel", "ev1"), ("type", kind.name()), ("session-key", &key), ("iv", &iv)];
        random.holds(&session, sealed)?;
    }

    #[test]
    fn frames_are_those_of_host_and_card_in_d40(random in random(), single in any::<bool>()) {
        let key = if single { &random.key[..8] } else { &random.key[..16] };
        let (_, mode) = MODES[random.mode];
        let channel = D40::new(key).expect("the length fits");
        let extent = Extent::Known(random.data.len());
        let sealed = [
            channel.seal_command(&random.frame(), mode, extent),
            channel.seal_response(&random.data, mode, extent),
        ];
        random.holds(&[("channel", "d40"), ("session-key", &hex::upper(key))], sealed)?;
    }
}
