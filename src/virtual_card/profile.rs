//! Points on which the sources conflict (DESFire reference, appendix B), as switches of a virtual card.

/// What this card does where sources disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Status for a keyed file right when a session with another key is open (§3.1). NXP's published data
    /// sheet (NTAG 424 DNA) says `AE`, one set of EV3 measurements says `9D`. Default `AE`: it is the
    /// documented rule "9D only when no authentication could ever allow it".
    pub wrong_key_status: u8,
    /// Whether AuthenticateEV2First keeps what is pending in a transaction (§5.4). The application note calls
    /// First the start of a new transaction without saying that pending data goes. Default `true`, as measured.
    pub auth_first_keeps_transaction: bool,
    /// Status for Authenticate, AuthenticateISO or AuthenticateAES with a key of another type (§2.11): `9D` "type or
    /// mode not allowed" in the collected tables, `AE` in a card emulator. Default `9D`, as with AuthenticateEV2First.
    pub wrong_key_type_status: u8,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            wrong_key_status: 0xAE,
            auth_first_keeps_transaction: true,
            wrong_key_type_status: 0x9D,
        }
    }
}
