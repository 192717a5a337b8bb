//! The log of vendor calls: method, path, status, size. No queries and no bodies, which hold personal data.

use std::collections::VecDeque;

use serde::Serialize;

use crate::clock;

/// Older calls are forgotten beyond this many, so that a long load run stays small.
const MOST: usize = 100_000;

/// One request on a vendor route.
#[derive(Clone, Serialize)]
pub(crate) struct Call {
    id: u64,
    method: String,
    path: String,
    /// `None` while it runs, and if the connection was cut before an answer was made.
    status: Option<u16>,
    at: String,
    body_bytes: u64,
    /// The fault that was played, as it stood in the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// All calls since the start or the last clearing, oldest first.
#[derive(Default)]
pub(crate) struct CallLog {
    calls: VecDeque<Call>,
    next_id: u64,
}

impl CallLog {
    /// Notes a call when it begins.
    pub(crate) fn begin(&mut self, method: &str, path: &str) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        if self.calls.len() >= MOST {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            id,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            at: clock::rfc3339(clock::now_ms()),
            body_bytes: 0,
            fault: None,
        });
        id
    }

    /// Notes how it ended.
    pub(crate) fn end(&mut self, id: u64, status: Option<u16>, body_bytes: u64, fault: Option<String>) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.id == id) {
            call.status = status;
            call.body_bytes = body_bytes;
            call.fault = fault;
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    /// Forgets all; calls under way are not noted any more.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
