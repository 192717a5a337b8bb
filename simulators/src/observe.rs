//! Around every vendor call: it is logged and counted, and the plan of faults is played.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use http::StatusCode;

use crate::{
    cdn,
    faults::Fault,
    openai, telegram, twilio,
    wire::Wire,
    world::{SharedWorld, locked},
};

/// Logs the call, plays the fault that is due, and otherwise lets the handler answer.
pub(crate) async fn observe(
    State(world): State<SharedWorld>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let path = telegram::without_token(request.uri().path());
    let method = request.method().to_string();
    let id = locked(&world.calls).begin(&method, &path);
    let verdict = locked(&world.faults).next(&format!("{method} {path}"));
    let (request, bytes) = counted(request);

    if !verdict.delay.is_zero() {
        wait(&world, verdict.delay).await;
    }
    let response = match &verdict.fault {
        None => next.run(request).await,
        Some(Fault::Status(status, code)) => {
            drain(request).await;
            vendor_error(&path, *status, code.as_deref())
        }
        Some(Fault::Cut) => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Some(Fault::LostAnswer) => {
            let response = next.run(request).await;
            wire.cut();
            response
        }
    };
    let status = (verdict.fault != Some(Fault::Cut)).then(|| response.status().as_u16());
    locked(&world.calls).end(id, status, bytes.load(Ordering::SeqCst), verdict.note);
    response
}

async fn wait(world: &SharedWorld, delay: Duration) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = world.until_end() => {}
    }
}

/// The request with a counter of the body bytes that were read.
fn counted(request: Request) -> (Request, Arc<AtomicU64>) {
    let bytes = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&bytes);
    let request = request.map(|body| {
        Body::from_stream(body.into_data_stream().inspect_ok(move |chunk| {
            counter.fetch_add(u64::try_from(chunk.len()).unwrap_or(0), Ordering::SeqCst);
        }))
    });
    (request, bytes)
}

/// Reads the body to its end: an error answered early would reach the client as a broken pipe.
async fn drain(request: Request) {
    let mut body = request.into_body().into_data_stream();
    while let Ok(Some(_)) = body.try_next().await {}
}

fn vendor_error(path: &str, status: u16, code: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if path.starts_with("/v1/") {
        openai::errors::planned(status, code).into_response()
    } else if path.starts_with("/bot") || path.starts_with("/file/bot") {
        telegram::planned(status, code)
    } else if ["/2010-04-01/", "/content/", "/messaging/"].iter().any(|prefix| path.starts_with(prefix)) {
        twilio::errors::planned(status, code).into_response()
    } else {
        cdn::planned(status, code)
    };
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    }
    response
}
