//! What a comparison passes over: what two runs of the same sequence never have in common.

/// Something that may be compared or passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// Random numbers: the cryptograms of authentications, and the session keys that follow from them.
    Nonces,
    /// TI of EV2.
    TransactionId,
    /// CmdCtr of EV2.
    Counters,
    /// MACs of messages.
    Macs,
    /// TMC in the answer of CommitTransaction: how many commits the card has seen.
    Tmc,
    /// TMV and EncTMRI in the answers of CommitTransaction and CommitReaderID: they follow from TMC and UID.
    Tmv,
    /// Times of the recording.
    Times,
    /// Native or wrapped frames, and the code that chains native or by length.
    Framing,
    /// UID, batch and production date in GetVersion, GetCardUID and the reader's GetData.
    Uid,
}

impl Aspect {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Nonces,
        Self::TransactionId,
        Self::Counters,
        Self::Macs,
        Self::Tmc,
        Self::Tmv,
        Self::Times,
        Self::Framing,
        Self::Uid,
    ];

    /// The name used on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nonces => "nonces",
            Self::TransactionId => "ti",
            Self::Counters => "counters",
            Self::Macs => "macs",
            Self::Tmc => "tmc",
            Self::Tmv => "tmv",
            Self::Times => "times",
            Self::Framing => "framing",
            Self::Uid => "uid",
        }
    }

    /// The name that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Nonces => "Random numbers",
            Self::TransactionId => "TI",
            Self::Counters => "CmdCtr",
            Self::Macs => "MACs",
            Self::Tmc => "TMC",
            Self::Tmv => "TMV and EncTMRI",
            Self::Times => "Times",
            Self::Framing => "Framing",
            Self::Uid => "UID and production data",
        }
    }

    /// The aspect of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| aspect.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Which aspects are passed over. By default all but [`Aspect::Uid`]: another card is a difference that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignore(u16);

impl Default for Ignore {
    fn default() -> Self {
        let all = Aspect::ALL.into_iter();
        all.fold(Self::NOTHING, |ignore, aspect| ignore.with(aspect, true))
            .with(Aspect::Uid, false)
    }
}

impl Ignore {
    /// Everything is compared.
    pub const NOTHING: Self = Self(0);

    /// Passes over an aspect, or compares it.
    pub const fn with(self, aspect: Aspect, ignored: bool) -> Self {
        if ignored {
            Self(self.0 | aspect.bit())
        } else {
            Self(self.0 & !aspect.bit())
        }
    }

    /// Whether an aspect is passed over.
    pub const fn ignores(self, aspect: Aspect) -> bool {
        self.0 & aspect.bit() != 0
    }

    /// All aspects that are passed over.
    pub fn aspects(self) -> impl Iterator<Item = Aspect> {
        let all = Aspect::ALL.into_iter();
        all.filter(move |aspect| self.ignores(*aspect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_aspect_is_a_switch_of_its_own() {
        assert!(!Ignore::default().ignores(Aspect::Uid));
        assert_eq!(Ignore::default().aspects().count(), Aspect::ALL.len() - 1);
        for aspect in Aspect::ALL {
            assert_eq!(Aspect::from_name(aspect.name()), Some(aspect));
            let only = Ignore::NOTHING.with(aspect, true);
            assert_eq!(only.aspects().collect::<Vec<_>>(), [aspect]);
            assert_eq!(only.with(aspect, false), Ignore::NOTHING);
        }
        assert_eq!(Aspect::from_name("UID"), None);
    }
}
