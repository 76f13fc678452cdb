//! Runs a script over a host, frame by frame.

use super::host::Host;
use super::request::HostError;
use super::script::{Outcome, Script, Step};

/// Why a run ended before its script was done.
pub type RunError = HostError;

/// A host and the script that it follows.
#[derive(Debug)]
pub struct Runner<S> {
    host: Host,
    script: S,
    last: Option<Outcome>,
    waiting: bool,
    done: bool,
}

impl<S: Script> Runner<S> {
    /// Starts at the script's beginning.
    pub const fn new(host: Host, script: S) -> Self {
        Self {
            host,
            script,
            last: None,
            waiting: false,
            done: false,
        }
    }

    /// The next frame to send; `None` when the script is done.
    pub fn poll_transmit(&mut self) -> Result<Option<Vec<u8>>, RunError> {
        if self.done {
            return Ok(None);
        }
        if !self.waiting {
            match self.script.next(self.last.take().as_ref()) {
                Step::Do(request) => self.host.start(&request)?,
                Step::Done => {
                    self.done = true;
                    return Ok(None);
                }
            }
            self.waiting = true;
        }
        Ok(self.host.poll_transmit())
    }

    /// Takes the answer to the frame sent last.
    pub fn handle_response(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        if let Some(reply) = self.host.handle_response(bytes)? {
            self.last = Some(Outcome::Replied(reply));
            self.waiting = false;
        }
        Ok(())
    }

    /// The answer to the frame sent last never came; where the card stands is unknown.
    pub fn handle_lost(&mut self) {
        self.host.forget();
        self.last = Some(Outcome::Lost);
        self.waiting = false;
    }

    /// The card lost power before it answered the frame sent last.
    pub fn handle_torn(&mut self) {
        self.host.power_off();
        self.last = Some(Outcome::Lost);
        self.waiting = false;
    }

    /// The host and the script, with what they learnt.
    pub fn into_parts(self) -> (Host, S) {
        (self.host, self.script)
    }
}
