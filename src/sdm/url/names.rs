//! How back ends name the parameters of their URLs (DESFire reference §7.5; each name with where it is used).

/// What a piece of a URL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// PICCENCData: 32 digits of AES, 48 of LRP.
    PiccData,
    /// SDMENCFileData: a multiple of 32 digits.
    FileData,
    /// SDMMAC: 16 digits.
    Mac,
    /// UID: 14 digits.
    Uid,
    /// SDMReadCtr: 6 digits, most significant byte first.
    Ctr,
    /// TTStatus: two letters.
    Tamper,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::PiccData,
        Self::FileData,
        Self::Mac,
        Self::Uid,
        Self::Ctr,
        Self::Tamper,
    ];

    /// The name people see.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PiccData => "PICC data",
            Self::FileData => "file data",
            Self::Mac => "SDMMAC",
            Self::Uid => "UID",
            Self::Ctr => "SDMReadCtr",
            Self::Tamper => "TTStatus",
        }
    }
}

/// A parameter name that back ends use.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The name, in lower case; URLs may write it in any case.
    pub name: &'static str,
    /// What it can hold, the likelier first. The number of digits decides.
    pub roles: &'static [Role],
    /// It can hold several pieces in a row, such as PICC data, file data and MAC.
    pub row: bool,
    /// Others use the name for things of their own: what does not fit is passed over.
    pub common: bool,
    /// Where it is used.
    pub source: &'static str,
}

const fn sure(name: &'static str, roles: &'static [Role], source: &'static str) -> Known {
    Known {
        name,
        roles,
        row: false,
        common: false,
        source,
    }
}

const fn common(name: &'static str, roles: &'static [Role], source: &'static str) -> Known {
    Known {
        name,
        roles,
        row: false,
        common: true,
        source,
    }
}

const fn row(name: &'static str, roles: &'static [Role], source: &'static str) -> Known {
    Known {
        name,
        roles,
        row: true,
        common: true,
        source,
    }
}

/// Every name that is recognised without being set by hand.
pub const KNOWN: &[Known] = &[
    sure("picc_data", &[Role::PiccData], SDM_BACKEND),
    sure("enc", &[Role::FileData], SDM_BACKEND),
    sure("cmac", &[Role::Mac], SDM_BACKEND),
    sure("uid", &[Role::Uid], SDM_BACKEND),
    sure("ctr", &[Role::Ctr], SDM_BACKEND),
    row(
        "e",
        &[Role::PiccData, Role::FileData],
        "AN12196; sdm-backend with all in a row",
    ),
    common("c", &[Role::Mac, Role::Ctr], "AN12196; BoltCard"),
    row("m", &[Role::Mac, Role::PiccData], "AN12196, divided by x"),
    common("p", &[Role::PiccData], "BoltCard"),
    row("d", &[Role::PiccData, Role::FileData], OTHERS),
    row("data", &[Role::PiccData, Role::FileData], OTHERS),
    sure("piccdata", &[Role::PiccData], OTHERS),
    sure("picc", &[Role::PiccData], OTHERS),
    sure("enc_file", &[Role::FileData], OTHERS),
    sure("enc_data", &[Role::FileData], OTHERS),
    sure("file_data", &[Role::FileData], OTHERS),
    sure("sdmmac", &[Role::Mac], OTHERS),
    sure("mac", &[Role::Mac], OTHERS),
    sure("read_ctr", &[Role::Ctr], OTHERS),
    common("counter", &[Role::Ctr], OTHERS),
    common("cnt", &[Role::Ctr], OTHERS),
    common("n", &[Role::Ctr], OTHERS),
    common("u", &[Role::Uid], OTHERS),
    common("tt", &[Role::Tamper], OTHERS),
    sure("ttstatus", &[Role::Tamper], OTHERS),
    sure("tt_status", &[Role::Tamper], OTHERS),
];

const SDM_BACKEND: &str = "icedevml/sdm-backend, sdm.nfcdeveloper.com";
/// Names that are likely, without a back end to name.
const OTHERS: &str = "our own choice";

/// Names set by hand; a role that has one is not looked for under another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<(Role, String)>);

impl Names {
    /// Sets the name of a role.
    pub fn set(mut self, role: Role, name: impl Into<String>) -> Self {
        self.0.retain(|(set, _)| *set != role);
        self.0.push((role, name.into()));
        self
    }

    fn is_set(&self, role: Role) -> bool {
        self.0.iter().any(|(set, _)| *set == role)
    }

    /// What a parameter of a name can hold.
    pub(super) fn meaning(&self, name: &str) -> Option<Meaning> {
        if let Some((role, _)) = self.0.iter().find(|(_, set)| set == name) {
            return Some(Meaning::ByHand(*role));
        }
        let known = KNOWN
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))?;
        let replaced = known.roles.iter().all(|role| self.is_set(*role));
        (!replaced).then_some(Meaning::Known(known))
    }

    /// Whether a role may be read under a name that was not set by hand.
    pub(super) fn leaves(&self, role: Role) -> bool {
        !self.is_set(role)
    }
}

/// What a name says of its value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// Set by hand.
    ByHand(Role),
    /// Of the table.
    Known(&'static Known),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_in_lower_case() {
        for (at, known) in KNOWN.iter().enumerate() {
            assert_eq!(known.name, known.name.to_ascii_lowercase());
            assert!(KNOWN[..at].iter().all(|other| other.name != known.name));
            assert!(!known.roles.is_empty() && !known.source.is_empty());
        }
    }

    #[test]
    fn a_name_set_by_hand_takes_the_place_of_the_known_ones() {
        let names = Names::default()
            .set(Role::Mac, "seal")
            .set(Role::Mac, "sig");
        assert!(matches!(
            names.meaning("sig"),
            Some(Meaning::ByHand(Role::Mac))
        ));
        assert!(names.meaning("seal").is_none() && names.meaning("cmac").is_none());
        assert!(matches!(
            names.meaning("PICC_DATA"),
            Some(Meaning::Known(_))
        ));
        // `c` can still be a counter.
        assert!(names.meaning("c").is_some() && !names.leaves(Role::Mac));
    }
}
