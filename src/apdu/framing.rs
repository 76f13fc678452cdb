//! The frame forms on the wire (DESFire reference §1.1).
//!
//! ```text
//! native   Cmd ‖ body                       RC ‖ data
//! wrapped  90 Cmd 00 00 [Lc body] 00        data ‖ 91 RC
//! ISO      00 INS P1 P2 [Lc body] [Le]      data ‖ SW1 SW2
//! reader   FF INS P1 P2 [Lc body] [Le]      data ‖ SW1 SW2
//! ```
//! The form is read from each frame by itself: programs mix them.

use super::frame::{Family, Frame};
use super::status::Status;

/// The form of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameForm {
    /// Command code first, status first.
    Native,
    /// Inside an ISO 7816-4 APDU with CLA `90`.
    Wrapped,
    /// ISO 7816-4 with CLA `00`.
    Iso,
    /// Pseudo-APDU for the reader, CLA `FF`.
    Reader,
}

/// What is wrong with the envelope of a command; the body is still shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameProblem {
    /// No byte at all.
    #[error("the frame is empty")]
    Empty,
    /// P1 or P2 of a wrapped command is not `00`.
    #[error("P1 P2 is {0:02X} {1:02X}, expected 00 00")]
    P1P2(u8, u8),
    /// Lc does not agree with the length of the APDU.
    #[error("Lc is {lc}, {left} bytes follow")]
    Length {
        /// The value of Lc.
        lc: usize,
        /// Bytes after Lc.
        left: usize,
    },
}

/// One command frame, read without judging it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandApdu<'a> {
    /// How it is framed.
    pub form: FrameForm,
    /// Command code; `AF` for a further frame.
    pub ins: u8,
    /// P1 and P2; zero for native frames.
    pub p1p2: [u8; 2],
    /// The bytes after the command code, without Lc and Le.
    pub body: &'a [u8],
    /// Where `body` starts in the frame.
    pub body_offset: usize,
    /// Le, where present.
    pub le: Option<u8>,
    /// What is wrong with the envelope.
    pub problem: Option<FrameProblem>,
}

impl<'a> CommandApdu<'a> {
    /// Reads a frame of any form; never fails.
    pub fn parse(bytes: &'a [u8]) -> Self {
        match bytes {
            [0x90, ins, p1, p2, rest @ ..] if !rest.is_empty() => {
                Self::enveloped(FrameForm::Wrapped, *ins, [*p1, *p2], rest)
            }
            [0x00, ins, p1, p2, rest @ ..] => {
                Self::enveloped(FrameForm::Iso, *ins, [*p1, *p2], rest)
            }
            [0xFF, ins, p1, p2, rest @ ..] => {
                Self::enveloped(FrameForm::Reader, *ins, [*p1, *p2], rest)
            }
            [ins, body @ ..] => Self {
                body,
                body_offset: 1,
                ..Self::empty(FrameForm::Native, *ins, [0, 0])
            },
            [] => Self {
                problem: Some(FrameProblem::Empty),
                body_offset: 0,
                ..Self::empty(FrameForm::Native, 0, [0, 0])
            },
        }
    }

    /// The family that the command code belongs to.
    pub const fn family(&self) -> Family {
        match self.form {
            FrameForm::Native | FrameForm::Wrapped => Family::Desfire,
            FrameForm::Iso => Family::Iso,
            FrameForm::Reader => Family::Reader,
        }
    }

    fn empty(form: FrameForm, ins: u8, p1p2: [u8; 2]) -> Self {
        Self {
            form,
            ins,
            p1p2,
            body: &[],
            body_offset: 4,
            le: None,
            problem: None,
        }
    }

    fn enveloped(form: FrameForm, ins: u8, p1p2: [u8; 2], rest: &'a [u8]) -> Self {
        let frame = Self::empty(form, ins, p1p2);
        let mut frame = match rest {
            [] => frame,
            [le] => Self {
                le: Some(*le),
                ..frame
            },
            [lc, after @ ..] => {
                let length = usize::from(*lc);
                let problem = FrameProblem::Length {
                    lc: length,
                    left: after.len(),
                };
                let (body, le, problem) = match after.split_at_checked(length) {
                    Some((body, [])) if length > 0 => (body, None, None),
                    Some((body, [le])) if length > 0 => (body, Some(*le), None),
                    _ => (after, None, Some(problem)),
                };
                Self {
                    body,
                    body_offset: 5,
                    le,
                    problem,
                    ..frame
                }
            }
        };
        if form == FrameForm::Wrapped && p1p2 != [0, 0] {
            frame.problem = Some(FrameProblem::P1P2(p1p2[0], p1p2[1]));
        }
        frame
    }

    /// Frames one part of a message: `ins` is the command code or `AF`, `part` at most 255 bytes.
    pub fn emit(form: FrameForm, ins: u8, p1p2: [u8; 2], part: &[u8]) -> Vec<u8> {
        let cla = match form {
            FrameForm::Native => return [&[ins], part].concat(),
            FrameForm::Wrapped => 0x90,
            FrameForm::Iso => 0x00,
            FrameForm::Reader => 0xFF,
        };
        let mut apdu = Vec::with_capacity(part.len() + 6);
        apdu.extend_from_slice(&[cla, ins, p1p2[0], p1p2[1]]);
        if let Ok(lc @ 1..) = u8::try_from(part.len()) {
            apdu.push(lc);
            apdu.extend_from_slice(part);
        }
        apdu.push(0);
        apdu
    }

    /// Frames a command that fits in one frame.
    pub fn emit_frame(form: FrameForm, frame: &Frame) -> Vec<u8> {
        let form = match frame.family {
            Family::Desfire => form,
            Family::Iso => FrameForm::Iso,
            Family::Reader => FrameForm::Reader,
        };
        let mut apdu = Self::emit(form, frame.ins, frame.p1p2, &frame.body());
        if frame.family == Family::Iso {
            apdu.pop();
            apdu.extend(frame.le);
        }
        apdu
    }
}

/// One answer frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseApdu<'a> {
    /// The status, as received.
    pub status: Status,
    /// The data without the status.
    pub data: &'a [u8],
    /// Where `data` starts in the frame.
    pub data_offset: usize,
}

impl<'a> ResponseApdu<'a> {
    /// Reads the answer to a command of the given form; `None` when it is too short to hold a status.
    pub fn parse(form: FrameForm, bytes: &'a [u8]) -> Option<Self> {
        if form == FrameForm::Native {
            let (code, data) = bytes.split_first()?;
            return Some(Self {
                status: Status::Native(*code),
                data,
                data_offset: 1,
            });
        }
        let (data, [sw1, sw2]) = bytes.split_last_chunk::<2>()?;
        let status = match (form, sw1) {
            (FrameForm::Wrapped, 0x91) => Status::Wrapped(*sw2),
            _ => Status::Iso(u16::from_be_bytes([*sw1, *sw2])),
        };
        Some(Self {
            status,
            data,
            data_offset: 0,
        })
    }

    /// Frames an answer.
    pub fn emit(status: Status, data: impl Into<Vec<u8>>) -> Vec<u8> {
        let mut answer = data.into();
        match status {
            Status::Native(code) => answer.insert(0, code),
            Status::Wrapped(code) => answer.extend([0x91, code]),
            Status::Iso(word) => answer.extend(word.to_be_bytes()),
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_forms_apart_per_frame() {
        let wrapped = CommandApdu::parse(&[0x90, 0x5A, 0, 0, 3, 0x99, 0x44, 0x01, 0]);
        assert_eq!(
            (wrapped.form, wrapped.ins, wrapped.body, wrapped.problem),
            (FrameForm::Wrapped, 0x5A, &[0x99, 0x44, 0x01][..], None)
        );
        let native = CommandApdu::parse(&[0x60]);
        assert_eq!(
            (native.form, native.ins, native.body),
            (FrameForm::Native, 0x60, &[][..])
        );
        let iso = CommandApdu::parse(&[0x00, 0xA4, 0x04, 0x00, 2, 0xD2, 0x76]);
        assert_eq!(
            (iso.form, iso.ins, iso.p1p2, iso.le),
            (FrameForm::Iso, 0xA4, [4, 0], None)
        );
        assert_eq!(
            CommandApdu::parse(&[0xFF, 0xCA, 0, 0, 0]).form,
            FrameForm::Reader
        );
    }

    #[test]
    fn names_a_wrong_envelope_and_keeps_the_bytes() {
        let lc = CommandApdu::parse(&[0x90, 0x5A, 0, 0, 9, 0x99, 0x44, 0x01, 0]);
        assert_eq!(lc.problem, Some(FrameProblem::Length { lc: 9, left: 4 }));
        assert_eq!(lc.body, [0x99, 0x44, 0x01, 0]);
        assert_eq!(
            CommandApdu::parse(&[0x90, 0x60, 1, 0, 0]).problem,
            Some(FrameProblem::P1P2(1, 0))
        );
        assert_eq!(CommandApdu::parse(&[]).problem, Some(FrameProblem::Empty));
    }

    #[test]
    fn emits_what_it_parses() {
        for form in [
            FrameForm::Native,
            FrameForm::Wrapped,
            FrameForm::Iso,
            FrameForm::Reader,
        ] {
            for body in [&[][..], &[1, 2, 3]] {
                let bytes = CommandApdu::emit(form, 0xBD, [0, 0], body);
                let frame = CommandApdu::parse(&bytes);
                assert_eq!(
                    (frame.form, frame.ins, frame.body, frame.problem),
                    (form, 0xBD, body, None)
                );
            }
        }
        for (form, status) in [
            (FrameForm::Native, Status::Native(0)),
            (FrameForm::Wrapped, Status::Wrapped(0xAF)),
            (FrameForm::Iso, Status::Iso(0x9000)),
        ] {
            let bytes = ResponseApdu::emit(status, [7, 8]);
            let answer = ResponseApdu::parse(form, &bytes).unwrap();
            assert_eq!((answer.status, answer.data), (status, &[7, 8][..]));
        }
    }
}
