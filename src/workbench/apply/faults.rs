//! Faults are armed and taken back as a whole list: the worker's list is the one that counts.

use crate::workbench::action::Action;
use crate::workbench::effect::Effect;
use crate::workbench::job::JobKind;
use crate::workbench::notice::NoticeKind;
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_fault(&mut self, action: &Action) -> Vec<Effect> {
        let can = match action {
            Action::Arm(_) => self.can_send(),
            _ => self.can_disarm(),
        };
        if let Err(why) = can {
            self.notify(NoticeKind::Warning, why, "");
            return Vec::new();
        }
        let waiting = self.reader().map(|reader| reader.faults.clone());
        let mut faults = waiting.unwrap_or_default();
        let before = faults.len();
        match action {
            Action::Arm(fault) if !faults.contains(fault) => faults.push(*fault),
            Action::Disarm(fault) => faults.retain(|waiting| waiting != fault),
            Action::ClearFaults => faults.clear(),
            _ => {}
        }
        if faults.len() == before {
            return Vec::new();
        }
        self.submit_anyway(JobKind::Faults(faults))
    }
}
