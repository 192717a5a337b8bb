//! Which paths are ours.

use http::{Method, StatusCode};

use crate::world::{BASE, Different, TOKEN, World, acknowledged, request, sign_form, signed, text};

#[tokio::test]
async fn three_routes_take_messages_and_each_has_its_own_signature() {
    let world = World::new();
    for target in ["/webhook", "/twilio/inbound", "/twilio/fallback"] {
        assert_eq!(world.send(signed(target, &text("hi"))).await, acknowledged(), "{target}");
    }
    assert_eq!(world.queued().len(), 3);
}

#[tokio::test]
async fn a17_only_the_configured_paths_are_answered() {
    let world = World::with(Different { base: Some("https://a.example/prod"), ..Different::default() });
    let signature =
        |route: &str| sign_form(TOKEN, &format!("https://a.example/prod{route}"), text("hi").as_bytes());
    // A gateway leaves its stage in the path, or takes it out; the signature is over the configured URL.
    for target in ["/prod/webhook", "/webhook", "/prod/twilio/inbound", "/twilio/inbound"] {
        let route = target.trim_start_matches("/prod");
        let answered = world.send(request(target, &signature(route), &text("hi"))).await;
        assert_eq!(answered, acknowledged(), "{target}");
    }
    let queued = world.queued().len();
    for target in [
        "/",
        "/webhook/",
        "//webhook",
        "/prod//webhook",
        "/prod/webhook/",
        "/prod/prod/webhook",
        "/dev/webhook",
        "/PROD/webhook",
        "/Webhook",
        "/webhook/x",
        "/prod/%2e%2e/webhook",
        "/prod/../webhook",
        "/x/../webhook",
        "/%77ebhook",
        "/webhook%2f",
        "/webhook;x=1",
        "/twilio",
        "/twilio/status/x",
        "/prod",
    ] {
        let answered = world.send(request(target, &signature("/webhook"), &text("hi"))).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{target}");
        assert!(answered.body.is_empty());
    }
    assert_eq!(world.queued().len(), queued);
    assert!(world.counted("webhook_refused").is_empty());
}

#[tokio::test]
async fn a17_a_stage_that_is_not_configured_is_not_ours() {
    let world = World::new();
    let signature = sign_form(TOKEN, &format!("{BASE}/prod/webhook"), text("hi").as_bytes());
    let answered = world.send(request("/prod/webhook", &signature, &text("hi"))).await;
    assert_eq!(answered.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a18_other_methods_do_nothing() {
    let world = World::new();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let mut request = signed("/webhook", &text("hi"));
        *request.method_mut() = method.clone();
        let answered = world.send(request).await;
        assert_eq!(answered.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answered.body.is_empty());
    }
    assert_eq!((world.directory.lookups(), world.queue.depth()), (0, 0));
    assert_eq!(world.log_text(), "");
}
