//! The cryptograms of the authentications, with their mistakes (DESFire reference §4.2, §4.3, §4.4).

use tapscope::card::KeyType;

use super::cipher::Cipher;
use super::message::Knobs;

/// Which authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Authenticate.
    D40,
    /// AuthenticateISO and AuthenticateAES.
    Ev1,
    /// AuthenticateEV2First.
    First,
    /// AuthenticateEV2NonFirst.
    NonFirst,
}

/// All that goes into an authentication.
pub(crate) struct Inputs<'a> {
    pub(crate) way: Way,
    pub(crate) kind: KeyType,
    pub(crate) key: &'a [u8],
    /// The key of another number.
    pub(crate) foreign: &'a [u8],
    pub(crate) rnd_a: &'a [u8],
    pub(crate) rnd_b: &'a [u8],
    pub(crate) ti: &'a [u8],
}

/// The three cryptograms.
pub(crate) struct Cryptograms {
    pub(crate) challenge: Vec<u8>,
    pub(crate) token: Vec<u8>,
    pub(crate) proof: Vec<u8>,
}

/// Length of the random numbers.
pub(crate) const fn rnd_len(kind: KeyType) -> usize {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 8,
        KeyType::ThreeKey3Des | KeyType::Aes128 => 16,
    }
}

/// The session key of D40 and EV1.
pub(crate) fn legacy_key(kind: KeyType, a: &[u8], b: &[u8]) -> Vec<u8> {
    let starts: &[usize] = match kind {
        KeyType::Des => &[0],
        KeyType::TwoKey3Des => &[0, 4],
        KeyType::ThreeKey3Des => &[0, 6, 12],
        KeyType::Aes128 => &[0, 12],
    };
    let quartets = starts.iter().map(|at| [&a[*at..at + 4], &b[*at..at + 4]]);
    quartets.flatten().flatten().copied().collect()
}

pub(crate) fn run(inputs: &Inputs<'_>, host: &Knobs, card: &Knobs) -> Cryptograms {
    let cipher = Cipher::new(inputs.kind, inputs.key);
    let challenge = cipher.encipher(&cipher.zero(), inputs.rnd_b);
    let token = token(inputs, &challenge, host);
    Cryptograms {
        proof: proof(inputs, &cipher, &token, card),
        challenge,
        token,
    }
}

fn token(inputs: &Inputs<'_>, challenge: &[u8], knobs: &Knobs) -> Vec<u8> {
    let zero = vec![0; inputs.key.len()];
    let key = if knobs.on("auth-zero-key") {
        &zero
    } else if knobs.on("auth-wrong-key-no") {
        inputs.foreign
    } else {
        inputs.key
    };
    let cipher = Cipher::new(inputs.kind, key);
    let mut rnd_b = cipher.decipher(&cipher.zero(), challenge);
    if knobs.on("auth-rotated-right") {
        rnd_b.rotate_right(1);
    } else if !knobs.on("auth-rndb-not-rotated") {
        rnd_b.rotate_left(1);
    }
    let both = if knobs.on("auth-token-swapped") {
        [&rnd_b, inputs.rnd_a].concat()
    } else {
        [inputs.rnd_a, &rnd_b].concat()
    };
    if inputs.way == Way::D40 && !knobs.on("auth-d40-enciphered") {
        return cipher.send(&cipher.zero(), &both);
    }
    let goes_on = inputs.way == Way::Ev1 && !knobs.on("auth-iv-zero-again");
    let iv = if goes_on {
        challenge[challenge.len() - cipher.block()..].to_vec()
    } else {
        cipher.zero()
    };
    cipher.encipher(&iv, &both)
}

fn proof(inputs: &Inputs<'_>, cipher: &Cipher, token: &[u8], knobs: &Knobs) -> Vec<u8> {
    let mut rnd_a = inputs.rnd_a.to_vec();
    if !knobs.on("auth-rnda-not-rotated") {
        rnd_a.rotate_left(1);
    }
    let plain = if inputs.way == Way::First {
        [inputs.ti, &rnd_a, &[0; 12]].concat()
    } else {
        rnd_a
    };
    let goes_on = inputs.way == Way::Ev1 && !knobs.on("auth-iv-zero-answer");
    let iv = if goes_on {
        token[token.len() - cipher.block()..].to_vec()
    } else {
        cipher.zero()
    };
    cipher.encipher(&iv, &plain)
}
