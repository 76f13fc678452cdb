//! Joining the frames of one exchange: `AF` chains in both directions (DESFire reference §1.4).

use crate::apdu::{AF, CommandApdu, Family, FrameForm, ResponseApdu, Status};
use crate::report::Finding;

use super::event::{Event, Lane};

/// An exchange whose last answer has not arrived yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) first_event: usize,
    pub(super) last_event: usize,
    pub(super) time_us: Option<u64>,
    pub(super) lane: Lane,
    pub(super) reader: u16,
    pub(super) form: FrameForm,
    pub(super) family: Family,
    pub(super) ins: u8,
    pub(super) p1p2: [u8; 2],
    pub(super) le: Option<u8>,
    /// Body of the first frame, and of the further ones that are not an authentication's token.
    pub(super) command: Vec<u8>,
    /// Body of the second frame of an authentication.
    pub(super) token: Option<Vec<u8>>,
    /// Answer data of all frames.
    pub(super) response: Vec<u8>,
    /// Answer data of the first frame of an authentication.
    pub(super) challenge: Vec<u8>,
    pub(super) status: Option<Status>,
    pub(super) findings: Vec<Finding>,
    authentication: bool,
    awaiting: bool,
}

impl Pending {
    /// Starts with the first command frame.
    pub(super) fn start(
        event_no: usize,
        event: &Event,
        bytes: &[u8],
        authentication: impl Fn(u8) -> bool,
    ) -> Self {
        let apdu = CommandApdu::parse(bytes);
        let mut pending = Self {
            first_event: event_no,
            last_event: event_no,
            time_us: event.time_us,
            lane: event.lane,
            reader: event.reader,
            form: apdu.form,
            family: apdu.family(),
            ins: apdu.ins,
            p1p2: apdu.p1p2,
            le: apdu.le,
            command: apdu.body.to_vec(),
            token: None,
            response: Vec::new(),
            challenge: Vec::new(),
            status: None,
            findings: Vec::new(),
            authentication: apdu.family() == Family::Desfire && authentication(apdu.ins),
            awaiting: true,
        };
        pending.note_problem(&apdu);
        if apdu.family() == Family::Desfire && apdu.ins == AF {
            pending.findings.push(Finding::error(
                "orphan_frame",
                "An additional frame without a command before it",
            ));
        }
        pending
    }

    /// Whether a command frame with these bytes continues the chain.
    pub(super) fn continues_with(&self, bytes: &[u8]) -> bool {
        let apdu = CommandApdu::parse(bytes);
        !self.awaiting
            && self.status.is_some_and(Status::is_additional_frame)
            && apdu.family() == Family::Desfire
            && apdu.ins == AF
    }

    /// Adds a further command frame.
    pub(super) fn add_command(&mut self, event_no: usize, bytes: &[u8]) {
        let apdu = CommandApdu::parse(bytes);
        self.note_problem(&apdu);
        self.last_event = event_no;
        self.awaiting = true;
        if self.authentication && self.token.is_none() {
            self.token = Some(apdu.body.to_vec());
            self.challenge = std::mem::take(&mut self.response);
        } else {
            self.command.extend_from_slice(apdu.body);
        }
    }

    /// Adds an answer frame; true when the exchange is complete.
    pub(super) fn add_response(&mut self, event_no: usize, bytes: &[u8]) -> bool {
        self.last_event = event_no;
        if !self.awaiting {
            // Inside a chain: the answer is taken for its continuation.
            self.findings.push(Finding::error(
                "orphan_response",
                "An answer without a command before it",
            ));
        }
        self.awaiting = false;
        let Some(answer) = ResponseApdu::parse(self.form, bytes) else {
            let finding = Finding::error(
                "response_too_short",
                "The answer is too short to hold a status",
            );
            self.findings.push(
                finding
                    .field("status")
                    .values("2 bytes", format!("{} bytes", bytes.len())),
            );
            return true;
        };
        self.status = Some(answer.status);
        let refused = !answer.status.is_success() && !answer.status.is_additional_frame();
        if refused && !answer.data.is_empty() && self.family == Family::Desfire {
            let finding = Finding::warning("refusal_data", "A refusal has no data").field("status");
            let got = format!("{} bytes before {}", answer.data.len(), answer.status);
            self.findings.push(finding.values("no data", got));
        }
        self.response.extend_from_slice(answer.data);
        !answer.status.is_additional_frame() || self.family != Family::Desfire
    }

    /// Whether a command frame waits for its answer.
    pub(super) const fn awaiting(&self) -> bool {
        self.awaiting
    }

    fn note_problem(&mut self, apdu: &CommandApdu<'_>) {
        if let Some(problem) = apdu.problem {
            self.findings
                .push(Finding::error("frame", format!("Command frame: {problem}")).field("frame"));
        }
    }
}
