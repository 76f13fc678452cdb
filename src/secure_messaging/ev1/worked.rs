//! How MACs and cryptograms of an EV1 session come about, step by step (DESFire reference §4.3).

use super::Ev1;
use crate::crypto::cipher::Block;
use crate::report::Worked;

const SECTION: &str = "DESFire reference §4.3";

impl Ev1 {
    /// The IV of the next message as a block; `None` after a gap.
    pub fn running_iv(&self) -> Option<Block> {
        self.in_step.then_some(self.iv)
    }

    /// The MAC over `Cmd ‖ header ‖ data` or `data ‖ RC` from the present IV; `None` after a gap.
    pub fn worked_mac(&self, message: &[u8]) -> Option<Worked<Vec<u8>>> {
        let full = self.cmac(message)?;
        let mac = super::truncated(&full).to_vec();
        let worked = Worked::new(mac.clone())
            .step("IV before", self.iv.as_ref(), SECTION)
            .step("CMAC input", message, SECTION)
            .step("Full CMAC, IV after", full.as_ref(), SECTION);
        Some(worked.step("Bytes 0 to 7", mac, SECTION))
    }

    /// Deciphered data with checksum and padding, and the next IV; `None` after a gap.
    pub fn deciphered(&self, data: &[u8]) -> Option<(Vec<u8>, Block)> {
        let mut clear = data.to_vec();
        let next = self.cipher.decrypt(&self.iv, &mut clear);
        self.in_step.then_some((clear, next))
    }
}
