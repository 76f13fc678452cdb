use super::*;

const PICC: &str = "EF963FF7828658A599F3041510671E88";
const LRP: &str = "AAE1508939ECF6FF26BCE407959AB1A5EC022819A35CD293";
const FILE: &str = "F9FB7442DB2E0BE631CD4E3BCF74276E";
const MAC: &str = "94EED9EE65337086";
const UID: &str = "041E3C8A2D6B80";
const CTR: &str = "000006";

fn read(url: &str) -> Result<Vec<(Role, String)>, String> {
    let dissected = dissect(url, &Names::default(), None).map_err(|error| error.to_string())?;
    let mut fields: Vec<(Role, String)> = dissected
        .fields()
        .iter()
        .map(|field| (field.role, field.value.of(dissected.text()).to_owned()))
        .collect();
    fields.sort_by_key(|(role, _)| Role::ALL.iter().position(|known| known == role));
    Ok(fields)
}

fn expected(fields: &[(Role, &str)]) -> Vec<(Role, String)> {
    let fields = fields.iter();
    fields
        .map(|(role, value)| (*role, (*value).to_owned()))
        .collect()
}

#[test]
fn parameters_are_known_by_their_names_and_rows_by_their_lengths() {
    let aes = expected(&[(Role::PiccData, PICC), (Role::Mac, MAC)]);
    let lrp = expected(&[(Role::PiccData, LRP), (Role::Mac, MAC)]);
    let identity = expected(&[(Role::PiccData, PICC)]);
    let plain = expected(&[(Role::Mac, MAC), (Role::Uid, UID), (Role::Ctr, CTR)]);
    let whole = expected(&[
        (Role::PiccData, PICC),
        (Role::FileData, FILE),
        (Role::Mac, MAC),
    ]);
    let lrp_whole = expected(&[
        (Role::PiccData, LRP),
        (Role::FileData, FILE),
        (Role::Mac, MAC),
    ]);
    let tamper = expected(&[
        (Role::PiccData, PICC),
        (Role::Mac, MAC),
        (Role::Tamper, "OC"),
    ]);
    let cases = [
        (format!("https://x/tag?picc_data={PICC}&cmac={MAC}"), &aes),
        (format!("lnurlw://x/?p={PICC}&c={MAC}"), &aes),
        (format!("https://ntag.nxp.com/424?e={PICC}&c={MAC}"), &aes),
        (format!("https://x?e={PICC}&m={MAC}"), &aes),
        (format!("https://x?e={PICC}{MAC}"), &aes),
        (
            format!("https://x/?q=Anna&PICC_DATA={PICC}&n=Bob&CMAC={MAC}"),
            &aes,
        ),
        (format!("https://x#picc_data={PICC};mac={MAC}"), &aes),
        (format!("https://facade.example/t/{PICC}/{MAC}"), &aes),
        (format!("https://x/{PICC}{MAC}?lang=de"), &aes),
        (format!("https://x/?{PICC}{MAC}"), &aes),
        (
            format!("https://x%3Fpicc_data%3D{PICC}%26cmac%3D{MAC}"),
            &aes,
        ),
        (format!("https://x?picc%5Fdata={PICC}&cmac={MAC}"), &aes),
        (
            format!("https://x?p=2&c=3&tt=x&picc_data={PICC}&cmac={MAC}"),
            &aes,
        ),
        (
            format!("https://x?p=2&data=yes&picc_data={PICC}"),
            &identity,
        ),
        (format!("https://x?m={LRP}x{MAC}"), &lrp),
        (format!("https://x?e={LRP}&c={MAC}"), &lrp),
        (format!("https://x/tag/{LRP}/{MAC}"), &lrp),
        (format!("https://x/tag/{LRP}{MAC}"), &lrp),
        (
            format!("https://x/tagpt?uid={UID}&ctr={CTR}&cmac={MAC}"),
            &plain,
        ),
        (format!("https://x?u={UID}&n={CTR}&c={MAC}"), &plain),
        (format!("https://x/{UID}/{CTR}/{MAC}"), &plain),
        (format!("https://x/{UID}x{CTR}x{MAC}"), &plain),
        (format!("https://x/{UID}{CTR}{MAC}"), &plain),
        (
            format!("https://x?picc_data={PICC}&enc={FILE}&cmac={MAC}"),
            &whole,
        ),
        (format!("https://x?e={PICC}{FILE}&c={MAC}"), &whole),
        (format!("https://x?e={PICC}&d={FILE}&c={MAC}"), &whole),
        (format!("https://x?e={PICC}{FILE}{MAC}"), &whole),
        (format!("https://x?e={LRP}{FILE}{MAC}"), &lrp_whole),
        (format!("https://x?m={LRP}x{FILE}x{MAC}"), &lrp_whole),
        (
            format!("https://x?picc_data={PICC}&tt=OC&cmac={MAC}"),
            &tamper,
        ),
    ];
    for (url, fields) in cases {
        assert_eq!(read(&url).as_ref(), Ok(fields), "{url}");
    }
}

#[test]
fn what_does_not_fit_is_named_with_what_was_expected() {
    let cases = [
        (
            format!("https://x?picc_data={}&cmac={MAC}", &PICC[1..]),
            "picc_data has 31 digits, 32 or 48 expected",
        ),
        (
            format!("https://x?e={}&c={MAC}", &PICC[1..]),
            "e has 31 digits, 32 or 48 expected",
        ),
        (
            format!("https://x?p={PICC}&c={}", &MAC[1..]),
            "c has 15 digits, 16 expected",
        ),
        (
            format!("https://x?e={PICC}&m={}", &MAC[1..]),
            "m has 15 digits, 16 expected",
        ),
        (
            format!("https://x?picc_data={PICC}&cmac={MAC}{MAC}"),
            "cmac has 32 digits, 16 expected; 32 are the whole CMAC, of which a tag gives bytes 1, 3, … 15",
        ),
        (
            format!("https://x?picc_data={PICC}&cmac=94EED9EE6533708G"),
            "cmac has 'G' as character 16, a hexadecimal digit expected",
        ),
        (
            format!("https://x?uid={CTR}&ctr={UID}&cmac={MAC}"),
            "uid has 6 digits, 14 expected; 6 are a counter, so UID and counter look swapped",
        ),
        (
            format!("https://x?picc_data={PICC}&enc={FILE}0&cmac={MAC}"),
            "enc has 33 digits, a multiple of 32 expected",
        ),
        (
            format!("https://x?picc_data={PICC}&cmac={MAC}&mac={MAC}"),
            "mac gives the SDMMAC a second time, once expected",
        ),
        (
            format!("https://x?picc_data={PICC}&ttstatus=OX&cmac={MAC}"),
            "ttstatus is \"OX\", two of the letters C, O and I expected",
        ),
        (
            format!("https://x?picc_data={PICC}&uid={UID}&cmac={MAC}"),
            "the URL has both PICC data and a plain UID or counter, one of them expected",
        ),
        (
            format!("https://x?cmac={MAC}"),
            "the URL has neither PICC data nor a UID or counter",
        ),
        (
            String::new(),
            "the URL has neither PICC data nor a UID or counter",
        ),
    ];
    for (url, sentence) in cases {
        assert_eq!(read(&url), Err(sentence.to_owned()), "{url}");
    }
    let url = format!("https://x?picc_data={LRP}&cmac={MAC}");
    let error = dissect(&url, &Names::default(), Some(Mode::Aes)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "picc_data has 48 digits, 32 expected; 48 are PICC data of LRP"
    );
}

#[test]
fn names_set_by_hand_come_before_the_known_ones() {
    let url = format!("https://x?id={PICC}&seal={MAC}&cmac=1");
    let names = Names::default()
        .set(Role::PiccData, "id")
        .set(Role::Mac, "seal");
    let dissected = dissect(&url, &names, None).unwrap();
    assert_eq!(dissected.value(Role::Mac), Some(MAC));
    assert_eq!(dissected.mode(), Some(Mode::Aes));
}

#[test]
fn the_mac_covers_the_text_as_the_tag_sent_it() {
    let lower = FILE.to_lowercase();
    let url = format!("https://www.Example.com/t?picc_data={PICC}&enc={lower}&cmac={MAC}");
    let dissected = dissect(&url, &Names::default(), None).unwrap();
    let input = |landmark| {
        let start = dissected.start_of(landmark).unwrap();
        let input = dissected.mac_input(start).unwrap();
        let (from, to) = dissected.file_offsets(start).unwrap();
        assert_eq!(input.len(), to - from);
        assert_eq!(dissected.start_at_offset(from), Some(start), "{landmark}");
        String::from_utf8_lossy(&input).into_owned()
    };
    for behind in [1000, usize::MAX] {
        assert_eq!(dissected.start_at_offset(behind), None);
    }
    assert_eq!(input(Landmark::Nothing), "");
    assert_eq!(
        input(Landmark::Value(Role::FileData)),
        format!("{FILE}&cmac=")
    );
    assert_eq!(
        input(Landmark::Divider(Role::FileData)),
        format!("&enc={FILE}&cmac=")
    );
    let text = format!("Example.com/t?picc_data={PICC}&enc={FILE}&cmac=");
    assert_eq!(input(Landmark::Url), text);
    assert_eq!(input(Landmark::Query), text[14..]);
    // The record is 5 bytes more than its text; 02 is https://www.
    let len = u8::try_from(text.len() + MAC.len() + 1).unwrap();
    let ndef = dissected.mac_input(MacStart::Header(2)).unwrap();
    assert_eq!(ndef[5..], *text.as_bytes());
    assert_eq!(
        dissected.landmark_at(MacStart::Header(2)),
        Some(Landmark::Ndef)
    );
    let file = dissected.mac_input(MacStart::Header(0)).unwrap();
    assert_eq!(file[..7], [0x00, len + 4, 0xD1, 0x01, len, b'U', 0x02]);
    assert_eq!(dissected.mac_input(MacStart::Text(url.len())), None);
}
