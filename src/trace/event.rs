//! What happened on an interface, as raw bytes.

/// Who talks to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A host and a card, directly.
    #[default]
    Card,
    /// The operator's server, through a forwarder.
    Server,
    /// The phone or kiosk that relays.
    Forwarder,
    /// A terminal that spends.
    Terminal,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Self; 4] = [Self::Card, Self::Server, Self::Forwarder, Self::Terminal];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Server => "server",
            Self::Forwarder => "forwarder",
            Self::Terminal => "terminal",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Microseconds since the start of the recording, where known.
    pub time_us: Option<u64>,
    /// Who talks.
    pub lane: Lane,
    /// At which reader: a number of this trace, 0 for the first. Each has a card, and decoding a state, of its own.
    pub reader: u16,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event on the card lane at the first reader without a time.
    pub const fn new(kind: EventKind) -> Self {
        Self {
            time_us: None,
            lane: Lane::Card,
            reader: 0,
            kind,
        }
    }
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A command frame, as sent.
    Command(Vec<u8>),
    /// An answer frame, as received.
    Response(Vec<u8>),
    /// The card was reset.
    Reset,
    /// The field went off.
    FieldOff,
    /// The command was sent, its answer never arrived.
    Lost,
    /// Power was lost inside the card before the non-volatile write with this number (from 0, within the command).
    Tear {
        /// Completed writes.
        after_writes: u32,
    },
    /// A remark by the user.
    Note(String),
    /// A card came into the field of the reader.
    Card(Box<Presented>),
}

/// A card in the field, as its reader shows it before the first command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// Name of the reader.
    pub reader: String,
    /// Answer to reset, at most 33 bytes.
    pub atr: Vec<u8>,
}
