//! The end of a call, and the callbacks that tell of it and of recordings.

use std::sync::Arc;

use super::{
    call::{Call, Ending},
    perform::Line,
    verbs::Method,
    webhook::{Request, prepared, send, told_at},
};
use crate::{
    clock,
    world::{SharedWorld, locked},
};

/// Ends the call, once, and tells its status callback; returns when that has answered.
pub(super) async fn end(world: &SharedWorld, call: &Arc<Call>, line: &mut Line, ended_by: Ending) {
    line.left.clear();
    line.listens = None;
    if note(call, ended_by) {
        tell_status(world, call).await;
    }
}

/// Ends it while a step may be going on, which notices by itself. `false` if it had ended.
pub(super) fn cut(world: &SharedWorld, call: &Arc<Call>, ended_by: Ending) -> bool {
    if !note(call, ended_by) {
        return false;
    }
    call.cut.send_replace(Some(ended_by));
    let (world, call) = (Arc::clone(world), Arc::clone(call));
    tokio::spawn(async move { tell_status(&world, &call).await });
    true
}

/// `true` for the one who ends it.
fn note(call: &Call, ended_by: Ending) -> bool {
    let mut journal = locked(&call.journal);
    if journal.ended_by.is_some() {
        return false;
    }
    journal.ended_by = Some(ended_by);
    journal.ended_ms = clock::now_ms();
    true
}

async fn tell_status(world: &SharedWorld, call: &Arc<Call>) {
    let Some(url) = told_at(world, "/twilio/voice/status") else { return };
    let seconds = call.duration();
    let fields = vec![
        ("CallDuration", seconds.to_string()),
        // In minutes, as it is paid for.
        ("Duration", seconds.div_ceil(60).to_string()),
        ("Timestamp", clock::rfc2822(clock::now_ms())),
        ("CallbackSource", "call-progress-events".to_owned()),
        ("SequenceNumber", "0".to_owned()),
    ];
    tell(world, call, Request { why: "status", url, method: Method::Post, fields }).await;
}

/// Sends a callback. What it answers changes nothing, but is told in the protocol.
pub(super) async fn tell(world: &SharedWorld, call: &Arc<Call>, request: Request) {
    let exchange = prepared(world, call, request);
    tokio::select! {
        exchange = send(world, exchange) => {
            let mut journal = locked(&call.journal);
            if let Some(error) = &exchange.error {
                let warning = format!("the {} callback: {error}", exchange.why);
                journal.warnings.push(warning);
            }
            journal.callbacks.push(exchange);
        }
        () = world.until_end() => {}
    }
}
