use proptest::prelude::*;

use super::*;

#[test]
fn every_usual_notation_is_read() {
    let command = [
        "=> 90 60 00 00 00",
        ">> 9060000000",
        "C: 90 60 00 00 00",
        "--> 90:60:00:00:00",
        "-> 0x90 0x60 0x00 0x00 0x00",
        "TX: 0x9060000000",
        "tx : 90,60,00,00,00",
        "Command: [0x90, 0x60, 0x0, 0x0, 0x0]",
        "APDU: 90 60 00 00 00",
        "> 90 60 00 00 00",
        "==> 90-60-00-00-00   # GetVersion",
        ">>> 90 60 00 00 00 (GetVersion)",
        "12:34:56.789 => 90 60 00 00 00",
        "[ 1234] => 90 60 00 00 00",
        "0.001234 => 90 60 00 00 00",
        "2024-05-01T12:34:56.789Z => 90 60 00 00 00",
        "2024-05-01 12:34:56,789 - root - DEBUG - TX: 90 60 00 00 00",
        "DEBUG:root:=> 90 60 00 00 00",
        "DEBUG:smartcard.session:Command: 90 60 00 00 00",
        "[+] >>> 90 60 00 00 00",
        "12:34:56 [main] INFO org.example.Card - TX: 9060000000",
        "=> APDU: 90 60 00 00 00",
        "TX (5 bytes): 90 60 00 00 00",
        "C-APDU: 90 60 00 00 00\r",
        "D/NfcService(1234): TX: \"9060000000\"",
        "→ 90 60 00 00 00",
    ];
    let response = [
        "<= 91 00",
        "<< 9100",
        "R: 91 00",
        "<-- 91:00",
        "<- 0x91 0x00",
        "RX: 0x9100",
        "rx: 91,00",
        "Response: 91 00",
        "SW: 9100",
        "< 91 00",
        "DEBUG:root:<= 91 00 (OK)",
        "[+] <<< 91 00",
        "← 91 00",
    ];
    for line in command {
        let reading = read(line.as_bytes());
        let kinds: Vec<_> = reading
            .value
            .events
            .iter()
            .map(|event| &event.kind)
            .collect();
        assert_eq!(
            kinds,
            [&EventKind::Command(vec![0x90, 0x60, 0, 0, 0])],
            "{line}"
        );
        assert_eq!(reading.findings, [], "{line}");
        assert_eq!(detect(line.as_bytes()), Confidence::Maybe, "{line}");
    }
    for line in response {
        let reading = read(line.as_bytes());
        let kinds: Vec<_> = reading
            .value
            .events
            .iter()
            .map(|event| &event.kind)
            .collect();
        assert_eq!(kinds, [&EventKind::Response(vec![0x91, 0x00])], "{line}");
    }
}

#[test]
fn times_count_from_the_first() {
    let log = "log opened\nanother line\n12:00:00.000 => 9060\n12:00:00.001500 <= 91AF\n<= 9100\n11:59:59 => 00\n";
    let times: Vec<_> = read(log.as_bytes())
        .value
        .events
        .iter()
        .map(|event| event.time_us)
        .collect();
    assert_eq!(times, [None, None, Some(0), Some(1500), None, None]);
}

#[test]
fn a_bad_line_is_named_and_the_others_stay() {
    let reading = read(b"# top-up\n\n=> 90 6\n=> 90 60\nTX: GetVersion\n<= 91 00\n");
    assert_eq!(
        reading.value.events,
        [
            EventKind::Note("# top-up".into()),
            EventKind::Command(vec![0x90, 0x60]),
            EventKind::Response(vec![0x91, 0x00]),
        ]
        .map(Event::new)
    );
    let texts: Vec<_> = reading
        .findings
        .iter()
        .map(|finding| finding.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "Line 3 is left out: 1 digits, an even number expected",
            "Line 5 is left out: character 1 is 'G', a hexadecimal digit expected",
        ]
    );
}

#[test]
fn prose_is_kept_as_notes_and_beyond_a_number_counted() {
    let reading = read(b"> quoted mail text\nSelecting: the app -> done\nhttps://example.test\n");
    assert_eq!(reading.value.events.len(), 3);
    assert_eq!(reading.findings.len(), 1);
    assert_eq!(reading.findings[0].code, "text_empty");
    let reading = read(&b"x\n".repeat(1_500));
    assert_eq!(reading.value.events.len(), 1_000);
    assert_eq!(
        reading.findings[0].text,
        "500 lines without a direction are skipped, the first is line 1 001"
    );
    let long = [vec![0xFF; 2_000_000].as_slice(), b"\n=> 90\n"].concat();
    let reading = read(&long);
    assert_eq!(reading.value.events.len(), 1);
    assert_eq!(
        reading.findings[0].text,
        "Line 1 is left out: it is longer than any frame"
    );
    assert_eq!(read(&b"=> x\n".repeat(1_500)).findings.len(), 102);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[ -~=<>→é\\[\\]:0-9.\n]{0,80}") {
        read(&bytes);
        read(text.as_bytes());
    }
}
