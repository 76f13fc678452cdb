//! Cutting long messages into frames that the other side can hold (DESFire reference §1.3, §1.4).

/// The parts of a message, each at most `max` bytes; an empty message has one empty part.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    rest: Option<&'a [u8]>,
    max: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        match rest.split_at_checked(self.max) {
            Some((part, more)) if !more.is_empty() => {
                self.rest = Some(more);
                Some(part)
            }
            _ => Some(rest),
        }
    }
}

/// Cuts `message` into parts of at most `max` bytes (at least 1).
pub fn chunks(message: &[u8], max: usize) -> Chunks<'_> {
    Chunks {
        rest: Some(message),
        max: max.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_message_is_one_frame_and_full_frames_have_no_empty_tail() {
        assert_eq!(chunks(&[], 59).count(), 1);
        assert_eq!(chunks(&[0; 59], 59).count(), 1);
        let lengths: Vec<usize> = chunks(&[0; 119], 59).map(<[u8]>::len).collect();
        assert_eq!(lengths, [59, 59, 1]);
    }
}
