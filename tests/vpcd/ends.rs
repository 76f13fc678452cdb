//! What the tests share: patience, cards, and raw peers that send what they are told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use tapscope::crypto::entropy::SeededEntropy;
use tapscope::session::{demo, image};
use tapscope::transport::EmbeddedCard;
use tapscope::transport::vpcd::{Address, Listener, Patience};
use tapscope::virtual_card::Card;

/// Long enough for a busy machine; only a broken test waits it out.
pub(crate) const LONG: Patience = Patience {
    poll: Duration::from_millis(10),
    half: 2000,
    silence: 2000,
};
/// For peers that are expected to say nothing.
pub(crate) const SHORT: Patience = Patience {
    poll: Duration::from_millis(10),
    half: 5,
    silence: 20,
};

pub(crate) const ATR: [u8; 6] = [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80];

pub(crate) fn card(seed: u64) -> EmbeddedCard {
    let text = demo::image(demo::PERSONALISED).unwrap();
    let image = image::read(text.as_bytes()).unwrap();
    EmbeddedCard::new(Card::new(&image, Box::new(SeededEntropy::new(seed))).unwrap())
}

pub(crate) fn anywhere() -> Address {
    "127.0.0.1:0".parse().unwrap()
}

pub(crate) fn listener(patience: Patience) -> Listener {
    Listener::bind(&anywhere(), false, patience).unwrap()
}

/// A raw listening socket and its address.
pub(crate) fn raw_reader() -> (TcpListener, Address) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string().parse().unwrap();
    (socket, address)
}

/// Sends a message.
pub(crate) fn say(stream: &mut TcpStream, payload: &[u8]) {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length, payload].concat()).unwrap();
}

/// Takes a message.
pub(crate) fn hear(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut payload).unwrap();
    payload
}
