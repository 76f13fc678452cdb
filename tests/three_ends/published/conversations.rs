//! EV2 conversations in each mode, and changed keys.

use serde_json::{Value, json};
use tapscope::bytes::hex;
use tapscope::card::CommMode;
use tapscope::command::{AmountKind, Chaining, Command};
use tapscope::crypto::Secret;
use tapscope::dialogue::Request;
use tapscope::secure_messaging::{KeyChange, Verdict};
use tapscope::trace::Exchange;

use super::{
    READER, amount, answered, commit, data, frames, members, must, read, reader_id, source, value,
    write, write_record,
};
use crate::card::{self, AID, BACKUP, CYCLIC, Plan, STANDARD};
use crate::ends::{Ends, Seen};
use crate::fixed_plan;
use crate::operations::Done;

/// A conversation while it is held.
struct Talk {
    ends: Ends,
    apdus: Vec<Value>,
    checks: usize,
    done: Vec<Done>,
    tmac: Value,
}

impl Talk {
    fn new(plan: &Plan) -> Self {
        let quiet = Plan {
            session: false,
            ..plan.clone()
        };
        let mut ends = Ends::new(&quiet);
        // The observer has to know the UID; the conversation itself begins with the selection.
        ends.must(card::get_version(), CommMode::Plain);
        ends.plan = plan.clone();
        Self {
            ends,
            apdus: Vec::new(),
            checks: 0,
            done: Vec::new(),
            tmac: Value::Null,
        }
    }

    fn keep(&mut self, seen: &Seen) {
        let mut frames = frames(seen);
        let row = &seen.row;
        if let Some(mode) = row.mode.filter(|_| row.authentication.is_none()) {
            for frame in &mut frames {
                frame["mode"] = mode.name().into();
            }
        }
        let (last, others) = frames.split_last_mut().unwrap();
        for frame in others {
            frame["expect"] = json!({"partial": true});
        }
        last["expect"] = expected(row);
        let verdicts = &row.verdicts;
        let checks = [
            verdicts.command_mac,
            verdicts.response_mac,
            verdicts.crc,
            verdicts.auth_host,
            verdicts.auth_card,
        ];
        self.checks += checks.iter().filter(|one| **one == Verdict::Ok).count();
        self.apdus.extend(frames);
    }

    fn request(&mut self, request: &Request) {
        let seen = self.ends.run(request);
        let status = seen.outcome.as_ref().unwrap().status;
        assert!(status.is_success(), "{request:?}: {status}");
        self.keep(&seen);
    }

    fn authenticate(&mut self, first: bool, key_no: u8, key: [u8; 16], rnd_a: u8) {
        self.request(&Request::Authenticate {
            first,
            key_no,
            key,
            rnd_a: data(16, rnd_a).try_into().unwrap(),
            pcdcap2: Vec::new(),
        });
    }

    fn command(&mut self, command: &Command) {
        let (seen, answer) = must(&mut self.ends, command);
        self.keep(&seen);
        match command {
            Command::CommitTransaction(_) => {
                let plan = self.ends.plan.clone();
                let (inputs, expected) = members(&plan, &self.done, answered(&answer));
                self.tmac = inputs;
                self.tmac["tmi"] = expected["tmi"].clone();
                self.tmac["tmv"] = expected["tmv"].clone();
            }
            Command::SelectApplication(_) => {}
            command => self.done.push((command.clone(), answer)),
        }
    }

    fn finish(self, id: &str, note: &str) -> Value {
        let plan = &self.ends.plan;
        let keys = (0..).zip(plan.keys).map(|(no, key): (u8, _)| {
            json!({"aid": hex::upper(AID.wire()), "no": no, "type": "aes", "key": hex::upper(key)})
        });
        let mut talk = json!({"id": id, "sm": "ev2", "framing": "iso", "status": "verified",
            "provenance": "virtual-card", "silicon": false, "source": source(plan.seed), "note": note,
            "checks": self.checks, "keys": keys.collect::<Vec<_>>(), "apdus": self.apdus});
        if !self.tmac.is_null() {
            talk["tmac"] = self.tmac;
        }
        talk
    }
}

/// What a row has to say.
fn expected(row: &Exchange) -> Value {
    let status = row.status.unwrap().to_string();
    if let Some(opened) = row.authentication.as_deref() {
        let seen = opened.ev2().unwrap();
        let mut expect = json!({"cmd": format!("{:02X}", row.ins), "sw": status, "sm": "ev2",
            "key_no": row.key.as_ref().unwrap().key_no,
            "rnd_a": hex::upper(seen.rnd_a), "rnd_b": hex::upper(seen.rnd_b),
            "ses_enc": hex::upper(seen.keys.enc), "ses_mac": hex::upper(seen.keys.mac)});
        for (name, bytes) in [
            ("ti", seen.ti.map(Vec::from)),
            ("pdcap2", seen.pdcap2.map(Vec::from)),
            ("pcdcap2", seen.pcdcap2.map(Vec::from)),
        ] {
            if let Some(bytes) = bytes {
                expect[name] = hex::upper(bytes).into();
            }
        }
        return expect;
    }
    let body = row.command.as_deref().unwrap();
    let (header, rest) = body.split_at(row.header_len);
    let mut expect = json!({"cmd": format!("{:02X}", row.ins), "sw": status,
        "mode": row.mode.unwrap().name(), "header": hex::upper(header), "data": hex::upper(rest),
        "resp": hex::upper(row.response.as_deref().unwrap())});
    if let Some(ctr) = row.ctr {
        expect["ctr"] = ctr.into();
    }
    if let Some(new) = &row.new_key {
        expect["new_key"] = hex::upper(new.key.as_ref().unwrap().expose()).into();
        expect["new_key_version"] = format!("{:02X}", new.version.unwrap()).into();
    }
    expect
}

fn in_mode(id: &str, mode: CommMode, reader: u8) -> Value {
    let plan = Plan {
        reader_id: reader,
        ..fixed_plan(mode)
    };
    let mut talk = Talk::new(&plan);
    talk.command(&card::select());
    talk.authenticate(true, 1, plan.keys[1], 0x1D);
    talk.command(&write(Chaining::Native, BACKUP, 2, data(75, 0x19)));
    talk.command(&read(Chaining::Iso, STANDARD, 0, 33));
    talk.command(&amount(AmountKind::Credit, 4_711));
    talk.authenticate(false, 2, plan.keys[2], 0xE7);
    talk.command(&value());
    talk.command(&write_record(Chaining::Iso, CYCLIC, 4, data(16, 0x5D)));
    if reader == 0x0E {
        talk.command(&reader_id(READER));
    }
    talk.command(&commit());
    talk.finish(
        id,
        "First with key 1, NonFirst with key 2 keeps TI, CmdCtr and the transaction",
    )
}

fn change_keys() -> Value {
    let plan = fixed_plan(CommMode::Full);
    let mut talk = Talk::new(&plan);
    talk.command(&card::select());
    talk.authenticate(true, 0, plan.keys[0], 0x2E);
    let new = |first: u8| Secret::new(data(16, first));
    for (key_no, key, old) in [
        (1, new(0x93), Some(Secret::new(plan.keys[1]))),
        (0, new(0xC5), None),
    ] {
        talk.request(&Request::ChangeKey {
            key_set: None,
            key_no,
            change: KeyChange {
                new: key,
                version: Some(0x40 + key_no),
                old,
            },
        });
    }
    let own: [u8; 16] = data(16, 0xC5).try_into().unwrap();
    talk.authenticate(true, 0, own, 0x3B);
    talk.authenticate(false, 1, data(16, 0x93).try_into().unwrap(), 0x4C);
    talk.finish(
        "ev2-change-key",
        "ChangeKey of another key (XOR and CRC32), then of the session's own, which ends the session; both new keys work",
    )
}

/// All of them.
pub(super) fn all() -> Vec<Value> {
    vec![
        in_mode("ev2-plain", CommMode::Plain, 0x0F),
        in_mode("ev2-mac", CommMode::Mac, 0x0F),
        in_mode("ev2-full", CommMode::Full, 0x0E),
        change_keys(),
    ]
}
