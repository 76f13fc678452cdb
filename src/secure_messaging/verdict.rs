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

/// A comparison of received bytes with computed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What the comparison said.
    pub verdict: Verdict,
    /// The computed bytes; zero when nothing was computed.
    pub expected: [u8; 8],
    /// The received bytes; zero when there were fewer.
    pub got: [u8; 8],
}

impl Check {
    /// Compares.
    pub fn compare(expected: [u8; 8], got: [u8; 8]) -> Self {
        Self {
            verdict: Verdict::from_bool(expected == got),
            expected,
            got,
        }
    }

    /// Compares with what was received, which may be nothing.
    pub fn of(expected: [u8; 8], got: Option<[u8; 8]>) -> Self {
        got.map_or(Self::missing(expected), |got| Self::compare(expected, got))
    }

    /// A MAC should be there and is not.
    pub const fn missing(expected: [u8; 8]) -> Self {
        Self {
            verdict: Verdict::Bad,
            expected,
            got: [0; 8],
        }
    }
}

/// A message after its protection was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Header and data without padding and MAC; `None` when the enciphering key is not known.
    pub plain: Option<Vec<u8>>,
    /// The MAC.
    pub mac: Check,
    /// The padding of enciphered data.
    pub padding: Verdict,
}
