//! A sequence of requests that looks at each outcome before it chooses the next.

use super::request::{Reply, Request};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The card answered; the status may be a refusal.
    Replied(Reply),
    /// The answer never arrived: neither success nor failure.
    Lost,
}

impl Outcome {
    /// The plain data of a success.
    pub fn success(&self) -> Option<&[u8]> {
        match self {
            Self::Replied(reply) if reply.status.is_success() => Some(&reply.data),
            _ => None,
        }
    }
}

/// What a script wants next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this.
    Do(Request),
    /// The sequence is over; the script holds its result.
    Done,
}

/// A sequence. `last` is the outcome of the request given before; `None` at the start.
pub trait Script {
    /// Chooses the next step.
    fn next(&mut self, last: Option<&Outcome>) -> Step;
}

impl<T: Script + ?Sized> Script for &mut T {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        (**self).next(last)
    }
}
