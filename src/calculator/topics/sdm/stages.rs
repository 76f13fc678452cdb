//! The computation from PICC data, or UID and counter, to MAC and file data; every value can be changed.

use crate::bytes::hex;
use crate::calculator::{Sheet, Slip};
use crate::crypto::cmac::odd_bytes;
use crate::sdm::{self, Mirrored, Mode, ReadCtr, SdmError, TamperStatus};

/// A message as the topics have it.
pub(super) struct Given {
    /// How the tag protects it.
    pub(super) mode: Mode,
    /// SDMMetaReadKey.
    pub(super) meta: Option<[u8; 16]>,
    /// SDMFileReadKey.
    pub(super) file: [u8; 16],
    /// PICCENCData; without it UID and counter are plain.
    pub(super) picc: Option<Vec<u8>>,
    /// UID and counter in the clear.
    pub(super) plain: Mirrored,
    /// SDMENCFileData.
    pub(super) file_data: Option<Vec<u8>>,
    /// What the MAC covers; without it there is no MAC to make.
    pub(super) mac_input: Option<Vec<u8>>,
    /// SDMMAC.
    pub(super) mac: Option<[u8; 8]>,
    /// Offset of TTStatus in the file data.
    pub(super) tamper_at: Option<usize>,
}

/// Writes the table. A tag that can't be deciphered is a failed check, not a bad input; the inputs that are named in
/// refusals are those of the caller.
pub(super) fn compute(given: &Given, sheet: &mut Sheet, names: Names) -> Result<(), Slip> {
    if let (Some(at), None) = (given.tamper_at, &given.file_data) {
        let text = format!("{at}, but no file data, where TTStatus is looked for");
        return Err(Slip::refused("tamper-at", text));
    }
    let Some(mirrored) = identity(given, sheet, names)? else {
        return Ok(());
    };
    if mirrored == Mirrored::default() {
        sheet.note("Neither UID nor SDMReadCtr is mirrored: the session vectors hold their constants alone, and the keys are the same for each tag and tap");
    }
    let mode = given.mode;
    let vectors = sdm::session_vectors(mode, &mirrored);
    let labels = match mode {
        Mode::Aes => ["SV 2", "KSesSDMFileReadMAC"],
        Mode::Lrp => ["SV", "SesSDMFileReadMaster"],
    };
    let keys = section(mode, "AN12196 §3.3");
    let vector = sheet.step(labels[0], keys, vectors.mac)?;
    let mac_key = sheet.secret_step(
        labels[1],
        keys,
        sdm::session_key(mode, &given.file, &vector),
    )?;
    let enc_key = match mode {
        Mode::Aes => {
            let vector = sheet.step("SV 1", keys, vectors.enc)?;
            let key = sdm::session_key(mode, &given.file, &vector);
            let label = "KSesSDMFileReadENC";
            // Without file data nothing follows from it.
            if given.file_data.is_some() {
                sheet.secret_step(label, keys, key)?
            } else {
                sheet.secret_result(label, keys, key)?
            }
        }
        Mode::Lrp => mac_key,
    };
    if let Some(input) = &given.mac_input {
        mac(given, sheet, &mac_key, input)?;
    }
    match &given.file_data {
        Some(data) => file_data(given, sheet, names, mirrored.ctr, enc_key, data),
        None => Ok(()),
    }
}

/// The MAC, compared with that of the message, or as what was asked for when there is none.
fn mac(given: &Given, sheet: &mut Sheet, key: &[u8; 16], input: &[u8]) -> Result<(), Slip> {
    let covered = section(given.mode, "AN12196 §3.4.4");
    let input = sheet.step("MAC input", covered, input.to_vec())?;
    if input.is_empty() {
        sheet.note("The MAC is over nothing: SDMMACInputOffset is SDMMACOffset");
    } else if input.is_ascii() {
        sheet.fact(
            "MAC input as text",
            covered,
            String::from_utf8_lossy(&input),
        );
    }
    let full = sdm::file_mac(given.mode, key, &input);
    let full = sheet.step("CMAC", covered, full)?;
    let label = "SDMMAC, odd bytes";
    if let Some(mac) = given.mac {
        let expected = sheet.step(label, covered, odd_bytes(full))?;
        sheet.check("SDMMAC", covered, &expected, &mac);
    } else {
        sheet.result(label, covered, odd_bytes(full))?;
    }
    Ok(())
}

/// Names of the inputs that a refusal points at.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// Of PICC data.
    pub(super) picc: &'static str,
    /// Of file data.
    pub(super) file_data: &'static str,
    /// Of SDMMetaReadKey.
    pub(super) meta: &'static str,
}

fn identity(given: &Given, sheet: &mut Sheet, names: Names) -> Result<Option<Mirrored>, Slip> {
    let picc = section(given.mode, "AN12196 §3.4.2");
    let mut mirrored = given.plain;
    if let Some(data) = &given.picc {
        let meta = given
            .meta
            .ok_or_else(|| Slip::refused(names.meta, SdmError::NoMetaKey.to_string()))?;
        let data = sheet.step("PICCENCData", picc, data.clone())?;
        let plain = sdm::decrypt_picc_data(given.mode, &meta, &data).map_err(|error| {
            let slip = Slip::refused(names.picc, error.to_string());
            match (given.mode, data.len()) {
                (Mode::Aes, 24) => slip.hint("24 bytes are PICC data of LRP"),
                (Mode::Lrp, 16) => slip.hint("16 bytes are PICC data of AES"),
                _ => slip,
            }
        })?;
        let plain = sheet.step("PICCData", picc, plain)?;
        mirrored = match Mirrored::from_picc_data(&plain) {
            Ok(mirrored) => mirrored,
            Err(error) => {
                let text = format!("{error}: most often the key is another one");
                sheet.verdict("PICC data", picc, false, text);
                return Ok(None);
            }
        };
    }
    if let Some(uid) = mirrored.uid {
        mirrored.uid = Some(sheet.result("UID", picc, uid)?);
    }
    if let Some(ctr) = mirrored.ctr {
        let lsb = sheet.step("SDMReadCtr", "least significant byte first", ctr.lsb())?;
        let ctr = ReadCtr::from_lsb(lsb);
        sheet.fact("SDMReadCtr as a number", picc, ctr.number().to_string());
        mirrored.ctr = Some(ctr);
    }
    Ok(Some(mirrored))
}

fn file_data(
    given: &Given,
    sheet: &mut Sheet,
    names: Names,
    ctr: Option<ReadCtr>,
    key: [u8; 16],
    data: &[u8],
) -> Result<(), Slip> {
    let mode = given.mode;
    let file = section(mode, "AN12196 §3.4.3");
    let refused = |error: SdmError| Slip::refused(names.file_data, error.to_string());
    let ctr = ctr.ok_or_else(|| refused(SdmError::NoCounter))?;
    let label = match mode {
        Mode::Aes => "IV",
        Mode::Lrp => "Counter of LRICB",
    };
    let start = sheet.step(label, file, sdm::file_data_start(mode, &key, ctr))?;
    let data = sheet.step("SDMENCFileData", file, data.to_vec())?;
    let plain = sdm::decrypt_file_data(mode, &key, &start, &data).map_err(refused)?;
    let plain = sheet.result("File data", file, plain)?;
    if plain
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    {
        sheet.fact("File data as text", file, String::from_utf8_lossy(&plain));
    }
    if let Some(at) = given.tamper_at {
        tamper(sheet, TamperStatus::in_file_data(&plain, at), || {
            hex::upper(&plain)
        });
    }
    Ok(())
}

/// Adds what the tag says of its tamper loop.
pub(super) fn tamper(
    sheet: &mut Sheet,
    status: Option<TamperStatus>,
    got: impl FnOnce() -> String,
) {
    const SECTION: &str = "DESFire reference §7.2";
    match status {
        Some(status) => sheet.fact("TTStatus", SECTION, status.meaning()),
        None => sheet.verdict(
            "TTStatus",
            SECTION,
            false,
            format!("no two letters of C, O and I in {}", got()),
        ),
    }
}

/// Where a stage is described; LRP has no public note of its own.
const fn section(mode: Mode, note: &'static str) -> &'static str {
    match mode {
        Mode::Lrp => "DESFire reference §7.4, §4.5",
        Mode::Aes => note,
    }
}
