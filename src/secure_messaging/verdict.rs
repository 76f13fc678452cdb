//! What a check said.

/// The result of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It fits.
    Ok,
    /// It does not fit.
    Bad,
    /// The rules put nothing there.
    #[default]
    None,
    /// There is something, it could not be checked.
    Unknown,
}

impl Verdict {
    /// The name used in JSON rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }

    /// `Ok` or `Bad`.
    pub const fn from_bool(fits: bool) -> Self {
        if fits { Self::Ok } else { Self::Bad }
    }
}

/// All verdicts on one exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// MAC of the command.
    pub command_mac: Verdict,
    /// MAC of the response.
    pub response_mac: Verdict,
    /// Checksum inside enciphered data.
    pub crc: Verdict,
    /// Padding inside enciphered data.
    pub padding: Verdict,
    /// The message counter is the expected one.
    pub counter: Verdict,
    /// The host's cryptogram in an authentication.
    pub auth_host: Verdict,
    /// The card's cryptogram in an authentication.
    pub auth_card: Verdict,
    /// Transaction MAC value.
    pub tmv: Verdict,
}

impl Verdicts {
    /// Names and verdicts, in the order of the JSON rows.
    pub const fn all(&self) -> [(&'static str, Verdict); 8] {
        [
            ("command_mac", self.command_mac),
            ("response_mac", self.response_mac),
            ("crc", self.crc),
            ("padding", self.padding),
            ("counter", self.counter),
            ("auth_host", self.auth_host),
            ("auth_card", self.auth_card),
            ("tmv", self.tmv),
        ]
    }

    /// Whether any verdict is `verdict`.
    pub fn any(&self, verdict: Verdict) -> bool {
        self.all().iter().any(|(_, each)| *each == verdict)
    }
}

/// A MAC or checksum as transmitted, at most eight bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    bytes: [u8; 8],
    len: usize,
}

impl Tag {
    const EMPTY: Self = Self {
        bytes: [0; 8],
        len: 0,
    };

    /// The first eight of the bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut tag = Self::EMPTY;
        for (to, byte) in tag.bytes.iter_mut().zip(bytes) {
            *to = *byte;
            tag.len += 1;
        }
        tag
    }
}

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// A comparison of received bytes with computed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What the comparison said.
    pub verdict: Verdict,
    /// The computed bytes; none when nothing was computed.
    pub expected: Tag,
    /// The received bytes; zeros when there were fewer.
    pub got: Tag,
}

impl Check {
    /// Nothing could be computed.
    pub const UNKNOWN: Self = Self {
        verdict: Verdict::Unknown,
        expected: Tag::EMPTY,
        got: Tag::EMPTY,
    };

    /// Compares.
    pub fn compare(expected: &[u8], got: &[u8]) -> Self {
        Self {
            verdict: Verdict::from_bool(expected == got),
            expected: Tag::new(expected),
            got: Tag::new(got),
        }
    }

    /// Compares with what was received, which may be nothing.
    pub fn of<const N: usize>(expected: [u8; N], got: Option<[u8; N]>) -> Self {
        got.map_or_else(
            || Self::missing(expected),
            |got| Self::compare(&expected, &got),
        )
    }

    /// A MAC should be there and is not.
    pub fn missing<const N: usize>(expected: [u8; N]) -> Self {
        Self {
            verdict: Verdict::Bad,
            expected: Tag::new(&expected),
            got: Tag::new(&[0; N]),
        }
    }

    /// Bytes that can't be checked, because what the check starts from is not known.
    pub fn unchecked(got: &[u8]) -> Self {
        Self {
            got: Tag::new(got),
            ..Self::UNKNOWN
        }
    }

    /// A check that fails without a value to show.
    pub fn failed() -> Self {
        Self {
            verdict: Verdict::Bad,
            ..Self::default()
        }
    }
}

/// A message after its protection was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Header and data without checksum, padding and MAC; `None` when they can't be read.
    pub plain: Option<Vec<u8>>,
    /// Bytes at the start of the data that could not be deciphered and stand as zeros, after a gap (EV1).
    pub unread: usize,
    /// The MAC.
    pub mac: Check,
    /// The checksum inside enciphered data (D40, EV1).
    pub crc: Check,
    /// The padding of enciphered data.
    pub padding: Verdict,
}
