//! AuthenticateEV2First and NonFirst (DESFire reference §2.1, §4.4).

use super::Card;
use super::messaging::{Answer, OK};
use super::refusal::Refusal;
use super::volatile::{Authentication, AuthenticationKind, Chain, Session};
use crate::apdu::AF;
use crate::command::Command;
use crate::secure_messaging::handshake::CardFirst;

impl Card {
    /// Part 1. First ends the old session at once; NonFirst needs one (9D) and carries it through the
    /// handshake. An LRP request is answered the AES way (§4.4).
    pub(super) fn authenticate(&mut self, ins: u8, body: &[u8]) -> Result<Answer, Refusal> {
        let (key_no, first) = match Command::from_body(ins, body)? {
            Some(Command::AuthenticateEv2First(command)) => (command.key_no, Some(command.pcdcap2)),
            Some(Command::AuthenticateEv2NonFirst(command)) => (command.key_no, None),
            _ => return Err(Refusal::ILLEGAL),
        };
        let key_no = key_no & KEY_NO;
        let session = self.volatile.session.take();
        let kind = match (first, session) {
            (Some(pcdcap2), _) => AuthenticationKind::First(echo(&pcdcap2)),
            (None, Some(session)) => AuthenticationKind::NonFirst(Box::new(session)),
            (None, None) => return Err(Refusal::DENIED),
        };
        let level = self.store.level(self.volatile.selected);
        let key = level.and_then(|level| level.key(key_no));
        let key = key.ok_or(Refusal::NO_SUCH_KEY)?;
        let key = key.aes().ok_or(Refusal::DENIED)?;
        let is_first = matches!(kind, AuthenticationKind::First(_));
        if is_first && !self.profile.auth_first_keeps_transaction {
            self.volatile.transaction.clear();
        }
        let mut rnd_b = [0; 16];
        self.entropy.fill(&mut rnd_b);
        let handshake = CardFirst::new(key, rnd_b);
        let data = handshake.challenge().to_vec();
        self.volatile.chain = Chain::Authentication(Box::new(Authentication {
            key_no,
            handshake,
            kind,
        }));
        Ok(Answer { status: AF, data })
    }

    /// Part 2: the host's token. TI is drawn only after the host has proved the key.
    pub(super) fn finish_authentication(
        &mut self,
        open: Authentication,
        token: &[u8],
    ) -> Result<Answer, Refusal> {
        let Authentication {
            key_no,
            handshake,
            kind,
        } = open;
        if token.len() != TOKEN_LEN {
            return Err(Refusal::LENGTH);
        }
        let rnd_a = handshake.check(token).ok_or(Refusal::AUTHENTICATION)?;
        let (data, ev2) = match kind {
            AuthenticationKind::First(pcdcap2) => {
                let mut ti = [0; 4];
                self.entropy.fill(&mut ti);
                let (proof, ev2) = handshake.prove_first(rnd_a, ti, PDCAP2, pcdcap2);
                (proof.to_vec(), ev2)
            }
            AuthenticationKind::NonFirst(session) => {
                let mut ev2 = session.ev2;
                ev2.renew(&handshake.keys(rnd_a));
                (handshake.prove_non_first(rnd_a).to_vec(), ev2)
            }
        };
        self.volatile.session = Some(Session { key_no, ev2 });
        Ok(Answer { status: OK, data })
    }
}

/// PCDcap2 as the card echoes it: six bytes.
fn echo(pcdcap2: &[u8]) -> [u8; 6] {
    let mut echo = [0; 6];
    echo.iter_mut()
        .zip(pcdcap2)
        .for_each(|(e, byte)| *e = *byte);
    echo
}

/// Bits of KeyNo that count in an authentication.
const KEY_NO: u8 = 0x3F;
/// RndA and the rotated RndB.
const TOKEN_LEN: usize = 32;
/// No LRP, no user capabilities.
const PDCAP2: [u8; 6] = [0; 6];
