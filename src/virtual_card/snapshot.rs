//! From an image to objects and back, and to the inventory that everybody shares.

use std::collections::BTreeMap;

use super::image::{
    ApplicationImage, Failures, FileContent, FileImage, Image, ImageError, KeyImage, Production,
};
use super::persistent::{Key, Ring, TmacState, application_header, file_object, picc_header};
use super::profile::Profile;
use super::store::{Change, ObjectId, PowerLost, Store};
use crate::card::inventory::{self, Inventory};
use crate::card::product::Product;
use crate::card::settings::FileKind;
use crate::card::{Aid, KeyType};
use crate::crypto::Secret;

/// The memory that holds an image.
pub(super) fn load(image: &Image) -> Result<Store, ImageError> {
    image.check()?;
    let key = |kind, image: &KeyImage| Key {
        kind,
        value: image.value.clone(),
        version: image.version,
    };
    let mut picc = picc_header(image);
    picc.extend(key(KeyType::Aes128, &image.default_key).slot());
    picc.extend(key(image.master_key_type, &image.master_key).slot());
    let put = |object, bytes| Change::Put { object, bytes };
    let mut changes = vec![put(ObjectId::Picc, picc)];
    for (aid, app) in &image.applications {
        let kind = app.keys.key_type().unwrap_or(KeyType::Aes128);
        let mut bytes = application_header(app.settings, app.keys, app.iso_fid, &app.df_name);
        bytes.extend(
            app.key_values
                .iter()
                .flat_map(|each| key(kind, each).slot()),
        );
        changes.push(put(ObjectId::Application(*aid), bytes));
        for (file_no, file) in &app.files {
            let object = file_object(file.iso_fid, &file.settings);
            changes.push(put(ObjectId::File(*aid, *file_no), object));
            changes.push(put(ObjectId::Data(*aid, *file_no), data_object(file)));
        }
    }
    let mut store = Store::default();
    // Nothing is torn here: no fault was asked for.
    let (Ok(()) | Err(PowerLost)) = store.commit(&changes);
    store.restart_count();
    Ok(store)
}

fn data_object(file: &FileImage) -> Vec<u8> {
    match (&file.content, &file.settings.kind) {
        (FileContent::Data(data), _) => data.clone(),
        (FileContent::Value(value), kind) => {
            let available = match kind {
                FileKind::Value(file) => file.limited_credit,
                _ => 0,
            };
            [value.to_le_bytes(), available.to_le_bytes()].concat()
        }
        (FileContent::Records(records), FileKind::Linear(kind) | FileKind::Cyclic(kind)) => {
            record_object(records, kind.max_records, kind.record_size)
        }
        (FileContent::Records(_), _) => Vec::new(),
        (
            FileContent::Tmac {
                key,
                tmc,
                tmv,
                tmri_prev,
            },
            _,
        ) => TmacState {
            key: key.aes128().unwrap_or_default(),
            tmri_prev: *tmri_prev,
            tmc: *tmc,
            tmv: *tmv,
        }
        .object(),
    }
}

/// The data object of a record file that holds `records`, the newest last.
pub(super) fn record_object(records: &[Vec<u8>], slots: u32, size: u32) -> Vec<u8> {
    let count = u32::try_from(records.len()).unwrap_or(0);
    let ring = Ring {
        count,
        next: count % slots.max(1),
        slots,
        size,
        readable: slots,
    };
    let mut bytes = ring.bytes();
    bytes.extend(records.iter().flatten());
    let whole = usize::try_from(ring.slot_offset(slots)).unwrap_or(bytes.len());
    bytes.resize(whole, 0);
    bytes
}

/// The picture of a memory; the card adds what lies beside it.
pub(super) fn image(
    store: &Store,
    product: Product,
    uid: [u8; 7],
    production: Production,
) -> Image {
    let picc = store.picc();
    let master = picc.key(0);
    Image {
        product,
        uid,
        production,
        settings: picc.settings(),
        keys: picc.keys(),
        master_key_type: master.as_ref().map_or(KeyType::Aes128, |key| key.kind),
        master_key: key_image(master),
        default_key: key_image(store.default_key()),
        configuration: store.configuration(),
        disabled: store.disabled(),
        ats: store.ats().map(<[u8]>::to_vec),
        lost_memory: store.lost_memory(),
        profile: Profile::default(),
        failures: Failures::default(),
        applications: store
            .applications()
            .filter_map(|aid| Some((aid, application(store, aid)?)))
            .collect(),
    }
}

/// The key of a slot. A slot without a readable key gives one without bytes, which [`Image::check`] refuses:
/// no card is ever made with a key that nobody chose.
fn key_image(key: Option<Key>) -> KeyImage {
    key.map_or_else(
        || KeyImage::new([], 0),
        |key| KeyImage {
            value: key.value,
            version: key.version,
        },
    )
}

fn application(store: &Store, aid: Aid) -> Option<ApplicationImage> {
    let level = store.level(aid)?;
    let files: BTreeMap<_, _> = store
        .files(aid)
        .filter_map(|(file_no, _)| Some((file_no, file(store, aid, file_no)?)))
        .collect();
    Some(ApplicationImage {
        settings: level.settings(),
        keys: level.keys(),
        iso_fid: level.iso_fid(),
        df_name: level.df_name().to_vec(),
        key_values: (0..level.keys().count())
            .map(|key_no| key_image(level.key(key_no)))
            .collect(),
        files,
    })
}

fn file(store: &Store, aid: Aid, file_no: u8) -> Option<FileImage> {
    let settings = store.settings(aid, file_no)?;
    let data = store.bytes(ObjectId::Data(aid, file_no));
    let content = match &settings.kind {
        FileKind::Standard(_) | FileKind::Backup(_) => FileContent::Data(data.to_vec()),
        FileKind::Value(_) => FileContent::Value(store.value(aid, file_no)),
        FileKind::Linear(_) | FileKind::Cyclic(_) => {
            let ring = store.ring(aid, file_no, &settings.kind)?;
            let numbers = (0..ring.count).rev();
            FileContent::Records(numbers.map(|no| record(data, ring, no).to_vec()).collect())
        }
        FileKind::Tmac(_) => {
            let state = store.tmac(aid, file_no)?;
            FileContent::Tmac {
                key: Secret::new(state.key),
                tmc: state.tmc,
                tmv: state.tmv,
                tmri_prev: state.tmri_prev,
            }
        }
        FileKind::Unknown { .. } => return None,
    };
    Some(FileImage {
        iso_fid: store.file_fid(aid, file_no),
        settings,
        content,
    })
}

/// One committed record; 0 is the newest.
pub(super) fn record(data: &[u8], ring: Ring, record_no: u32) -> &[u8] {
    let start = ring.offset(record_no);
    let range = usize::try_from(start)
        .ok()
        .zip(usize::try_from(start.saturating_add(ring.size)).ok());
    range
        .and_then(|(start, end)| data.get(start..end))
        .unwrap_or_default()
}

/// What everybody may know of a card: no keys.
pub(super) fn inventory(store: &Store, uid: [u8; 7]) -> Inventory {
    let applications = store.applications().filter_map(|aid| {
        let level = store.level(aid)?;
        let files = store.files(aid).map(|(file_no, _)| {
            let settings = store.settings(aid, file_no);
            let is_value = matches!(
                settings.as_ref().map(|settings| &settings.kind),
                Some(FileKind::Value(_))
            );
            let value = is_value.then(|| store.value(aid, file_no));
            let iso_fid = store.file_fid(aid, file_no);
            let file = inventory::File {
                iso_fid,
                settings,
                value,
            };
            (file_no, file)
        });
        let application = inventory::Application {
            settings: Some(level.settings()),
            keys: Some(level.keys()),
            iso_fid: level.iso_fid(),
            df_name: level.df_name().to_vec(),
            files: files.collect(),
        };
        Some((aid, application))
    });
    Inventory {
        uid: Some(uid.to_vec()),
        applications: applications.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_without_keys_gives_an_image_that_is_refused() {
        let production = Production {
            batch: [0; 5],
            week: 1,
            year: 24,
        };
        let product = Product::DesfireEv3;
        let image = image(&Store::default(), product, [4; 7], production);
        let expected = image.master_key_type.lengths();
        let refused = ImageError::MasterKey { expected, got: 0 };
        assert_eq!(image.check(), Err(refused));
        assert!(load(&image).is_err());
    }
}
