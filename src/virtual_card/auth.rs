//! The two-part authentications (DESFire reference §2.1, §4.2 to §4.4).

use super::Card;
use super::config::{NO_D40, NO_EV1};
use super::messaging::{Answer, OK};
use super::persistent::Key;
use super::refusal::Refusal;
use super::volatile::{Authentication, Chain, Handshake, Session};
use crate::apdu::AF;
use crate::card::KeyType;
use crate::card::product::Generation;
use crate::command::{AuthenticateLegacy, Command};
use crate::secure_messaging::Channel;
use crate::secure_messaging::handshake::{AuthKey, CardFirst, d40, ev1};

impl Card {
    /// Part 1. NonFirst needs an EV2 session (9D) and carries it through the handshake, every other
    /// authentication ends the old session at once. An LRP request is answered the AES way (§4.4).
    pub(super) fn authenticate(&mut self, ins: u8, body: &[u8]) -> Result<Answer, Refusal> {
        let command = Command::from_body(ins, body)?.ok_or(Refusal::ILLEGAL)?;
        let session = self.volatile.session.take();
        if self.failures.delays > 0 {
            self.failures.delays -= 1;
            return Err(Refusal::DELAY);
        }
        let key_no = match &command {
            Command::AuthenticateEv2First(command) => command.key_no,
            Command::AuthenticateEv2NonFirst(command) => command.key_no,
            Command::AuthenticateLegacy(command) => command.key_no,
            _ => return Err(Refusal::ILLEGAL),
        } & KEY_NO;
        let renewed = match (&command, session.map(|session| session.channel)) {
            (Command::AuthenticateEv2NonFirst(_), Some(Channel::Ev2(session))) => Some(session),
            (Command::AuthenticateEv2NonFirst(_), _) => return Err(Refusal::DENIED),
            _ => None,
        };
        let level = self.store.level(self.volatile.selected);
        let key = level.and_then(|level| level.key(key_no));
        let key = key.ok_or(Refusal::NO_SUCH_KEY)?;
        let handshake = match command {
            Command::AuthenticateEv2First(command) => {
                Handshake::First(self.draw_ev2(&key)?, echo(&command.pcdcap2))
            }
            Command::AuthenticateLegacy(command) => self.draw_legacy(command.ins, &key)?,
            _ => Handshake::NonFirst(self.draw_ev2(&key)?, renewed.ok_or(Refusal::DENIED)?),
        };
        let renews = matches!(handshake, Handshake::NonFirst(..));
        if !renews && !self.profile.auth_first_keeps_transaction {
            self.volatile.transaction.clear();
        }
        let data = match &handshake {
            Handshake::First(card, _) | Handshake::NonFirst(card, _) => card.challenge().to_vec(),
            Handshake::D40(card) => card.challenge().to_vec(),
            Handshake::Ev1(card) => card.challenge(),
        };
        let open = Authentication { key_no, handshake };
        self.volatile.chain = Chain::Authentication(Box::new(open));
        Ok(Answer { status: AF, data })
    }

    fn draw_ev2(&mut self, key: &Key) -> Result<CardFirst, Refusal> {
        let key = key.aes().ok_or(Refusal::DENIED)?;
        let mut rnd_b = [0; 16];
        self.entropy.fill(&mut rnd_b);
        Ok(CardFirst::new(key, rnd_b))
    }

    /// RndB is as long as the key's type asks for. A key of another type than the command's is refused as the
    /// profile says.
    fn draw_legacy(&mut self, ins: u8, key: &Key) -> Result<Handshake, Refusal> {
        let disabled = if ins == AuthenticateLegacy::D40 {
            NO_D40
        } else {
            NO_EV1
        };
        if self.store.disabled() & disabled != 0 {
            return Err(Refusal::DENIED);
        }
        let is_aes = key.kind == KeyType::Aes128;
        let wrong_type = Refusal::Status(self.profile.wrong_key_type_status);
        if is_aes != (ins == AuthenticateLegacy::AES) {
            return Err(wrong_type);
        }
        let key = AuthKey::new(key.kind, key.value.expose()).ok_or(wrong_type)?;
        if ins == AuthenticateLegacy::D40 {
            let mut rnd_b = [0; 8];
            self.entropy.fill(&mut rnd_b);
            let card = d40::Card::new(&key, rnd_b).ok_or(wrong_type)?;
            return Ok(Handshake::D40(card));
        }
        let mut rnd_b = vec![0; key.rnd_len()];
        self.entropy.fill(&mut rnd_b);
        let card = ev1::Card::new(&key, &rnd_b).ok_or(wrong_type)?;
        Ok(Handshake::Ev1(card))
    }

    /// Part 2: the host's token. TI is drawn only after the host has proved the key.
    pub(super) fn finish_authentication(
        &mut self,
        open: Authentication,
        token: &[u8],
    ) -> Result<Answer, Refusal> {
        let Authentication { key_no, handshake } = open;
        if token.len() != handshake.token_len() {
            return Err(Refusal::LENGTH);
        }
        let (data, channel) = self
            .prove(handshake, token)
            .inspect_err(|_| self.note_failure())?;
        self.failures.in_a_row = 0;
        self.volatile.session = Some(Session { key_no, channel });
        Ok(Answer { status: OK, data })
    }

    /// Counts an authentication that failed; EV1 knows no delay.
    pub(super) fn note_failure(&mut self) {
        let limit = self.profile.failures_before_delay;
        if self.capabilities.generation < Generation::Ev2 || limit == 0 {
            return;
        }
        self.failures.in_a_row = self.failures.in_a_row.saturating_add(1);
        if self.failures.in_a_row >= limit {
            self.failures.delays = self.profile.delay_answers;
        }
    }

    /// The card's proof and the session, when the token is that of the key.
    fn prove(&mut self, handshake: Handshake, token: &[u8]) -> Result<(Vec<u8>, Channel), Refusal> {
        let proved = |card: &CardFirst| card.check(token).ok_or(Refusal::AUTHENTICATION);
        Ok(match handshake {
            Handshake::First(card, pcdcap2) => {
                let rnd_a = proved(&card)?;
                let mut ti = [0; 4];
                self.entropy.fill(&mut ti);
                let (proof, session) = card.prove_first(rnd_a, ti, PDCAP2, pcdcap2);
                (proof.to_vec(), Channel::Ev2(Box::new(session)))
            }
            Handshake::NonFirst(card, mut session) => {
                let rnd_a = proved(&card)?;
                session.renew(&card.keys(rnd_a));
                (card.prove_non_first(rnd_a).to_vec(), Channel::Ev2(session))
            }
            Handshake::D40(card) => {
                let (proof, _, session) = card.finish(token).ok_or(Refusal::AUTHENTICATION)?;
                (proof.to_vec(), Channel::D40(Box::new(session)))
            }
            Handshake::Ev1(card) => {
                let (proof, _, session) = card.finish(token).ok_or(Refusal::AUTHENTICATION)?;
                (proof, Channel::Ev1(Box::new(session)))
            }
        })
    }
}

impl Handshake {
    /// RndA and the rotated RndB.
    fn token_len(&self) -> usize {
        match self {
            Self::First(..) | Self::NonFirst(..) => 32,
            Self::D40(_) => d40::TOKEN_LEN,
            Self::Ev1(card) => 2 * card.challenge().len(),
        }
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
pub(super) const KEY_NO: u8 = 0x3F;
/// No LRP, no user capabilities.
const PDCAP2: [u8; 6] = [0; 6];
