//! What T=0 leaves to the host (ISO/IEC 7816-3 §10.3, PC/SC part 3): it carries data in one direction per command.
//!
//! ```text
//! 00 A4 04 00 07 <name(7)> 00   is sent without the Le byte; the answer may be
//! 61 La                         La bytes wait: they are fetched with 00 C0 00 00 La
//! 6C La                         Le was wrong: the command is sent again with La
//! ```

/// Sends a command and puts its answer together, as T=1 would have given it.
pub(super) fn exchange<E>(
    command: &[u8],
    mut send: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut frame = without_le(command).to_vec();
    let (mut data, mut corrected) = (Vec::new(), false);
    loop {
        let mut answer = send(&frame)?;
        match answer.as_slice() {
            [.., 0x61, left] if data.len() < MOST => {
                let left = *left;
                answer.truncate(answer.len() - 2);
                data.extend(answer);
                frame = vec![0x00, GET_RESPONSE, 0x00, 0x00, left];
                corrected = false;
            }
            // Once: a card that says so again would say so for ever.
            [0x6C, right] if !corrected && frame.len() == 5 => {
                let right = *right;
                frame.truncate(4);
                frame.push(right);
                corrected = true;
            }
            _ => {
                data.extend(answer);
                return Ok(data);
            }
        }
    }
}

/// The command as T=0 carries it: without Le when it has data.
fn without_le(command: &[u8]) -> &[u8] {
    match command {
        [_, _, _, _, lc, rest @ ..] if *lc > 0 && rest.len() == usize::from(*lc) + 1 => {
            command.get(..command.len() - 1).unwrap_or(command)
        }
        _ => command,
    }
}

const GET_RESPONSE: u8 = 0xC0;
/// No answer of these cards is longer.
const MOST: usize = 65_536;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::bytes::hex;

    /// Lets a card answer in turn; what it was sent, and the answer put together.
    fn talk(command: &str, answers: &[&str]) -> (Vec<String>, String) {
        let mut answers: VecDeque<&str> = answers.iter().copied().collect();
        let mut sent = Vec::new();
        let answer = exchange(&hex::parse(command).unwrap(), |frame| {
            sent.push(hex::upper(frame));
            answers
                .pop_front()
                .map(|text| hex::parse(text).unwrap())
                .ok_or("silent")
        });
        assert!(answers.is_empty());
        (sent, hex::upper(answer.unwrap()))
    }

    #[test]
    fn data_both_ways_takes_two_commands() {
        let (sent, answer) = talk("00A4040002E11000", &["6104", "AABBCCDD9000"]);
        assert_eq!(sent, ["00A4040002E110", "00C0000004"]);
        assert_eq!(answer, "AABBCCDD9000");
    }

    #[test]
    fn an_answer_in_pieces_is_put_together() {
        let (sent, answer) = talk("906F000000", &["01026102", "03046101", "059100"]);
        assert_eq!(sent, ["906F000000", "00C0000002", "00C0000001"]);
        assert_eq!(answer, "01020304059100");
    }

    #[test]
    fn a_wrong_length_is_corrected_once() {
        let (sent, answer) = talk("00B0000000", &["6C03", "0102039000"]);
        assert_eq!(sent, ["00B0000000", "00B0000003"]);
        assert_eq!(answer, "0102039000");
        let (sent, answer) = talk("00B0000000", &["6C03", "6C04"]);
        assert_eq!((sent.len(), answer.as_str()), (2, "6C04"));
        // The length of GET RESPONSE may be wrong, too.
        let (sent, _) = talk("00A4040002E11000", &["6110", "6C02", "AABB9000"]);
        assert_eq!(sent, ["00A4040002E110", "00C0000010", "00C0000002"]);
    }

    #[test]
    fn what_needs_nothing_passes_unchanged() {
        for command in [
            "60",
            "AF",
            "9060000000",
            "90BD0000070100000020000000",
            "00A4000C023F00",
        ] {
            let expected = command
                .strip_suffix("00")
                .filter(|_| command.starts_with("90BD"));
            let (sent, answer) = talk(command, &["9100"]);
            assert_eq!(sent, [expected.unwrap_or(command)]);
            assert_eq!(answer, "9100");
        }
    }

    #[test]
    fn a_card_that_never_ends_is_left() {
        let mut count = 0;
        let answer = exchange(&[0x90, 0x6F, 0, 0, 0], |_| {
            count += 1;
            Ok::<_, ()>([vec![7; 255], vec![0x61, 0xFF]].concat())
        });
        assert_eq!(count, 259);
        assert!(answer.unwrap().len() > MOST);
        assert_eq!(
            exchange(&[0x60], |_| Err::<Vec<u8>, _>("gone")),
            Err("gone")
        );
    }
}
