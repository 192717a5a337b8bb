//! What every log line of an invocation carries, so that lines can be found by it and joined with traces.

use lambda_runtime::Context;
use tracing::{Span, error_span};

/// A span with Lambda's id of the request, which its `START` and `REPORT` lines have too, and the id of the trace
/// if Lambda gave one. It is there at every level of logging.
pub(crate) fn span(context: &Context) -> Span {
    let trace_id = context.xray_trace_id.as_deref().and_then(trace_id);
    error_span!("invocation", request_id = %context.request_id, trace_id)
}

/// The trace's id in a header such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=...;Sampled=1` (X-Ray
/// developer guide, "Tracing header"). Whoever calls an API may send one: what has not an id's form is no id.
fn trace_id(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let mut parts = root.split('-');
    let mut is_hex = |digits: usize| {
        parts.next().is_some_and(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let is_id = is_hex(1) && is_hex(8) && is_hex(24);
    (is_id && parts.next().is_none()).then_some(root)
}

#[cfg(test)]
mod tests {
    use shared::testing::log::ThreadLog;

    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn the_root_of_a_trace_is_read_and_nothing_else() {
        for (header, id) in [
            (format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"), Some(ROOT)),
            (format!("Self=1-67891234-12456789abcdef012345678;Root={ROOT}"), Some(ROOT)),
            (format!("Root={ROOT}-CANARY"), None),
            ("Root=CANARY;Sampled=1".to_owned(), None),
            ("Root=1-5759e988-bd862e3fe1be46a99427279x".to_owned(), None),
            ("CANARY".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(trace_id(&header), id, "{header}");
        }
    }

    #[test]
    fn o6_every_line_of_an_invocation_carries_its_request_and_its_trace() {
        let log = ThreadLog::begin();
        let mut context = Context::default();
        context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
        context.xray_trace_id = Some(format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"));
        span(&context).in_scope(|| tracing::warn!("traced"));
        context.xray_trace_id = None;
        span(&context).in_scope(|| tracing::warn!("untraced"));
        let lines: Vec<serde_json::Value> =
            log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["spans"][0]["request_id"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        assert_eq!(lines[0]["spans"][0]["trace_id"], ROOT);
        assert_eq!(lines[1]["spans"][0]["request_id"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        assert_eq!(lines[1]["spans"][0].get("trace_id"), None);
    }
}
