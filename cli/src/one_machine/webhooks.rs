//! Tells companies' own software of changes, beside the queue worker: on AWS a function of its own does it.

use std::time::Duration;

use shared::{
    domain::webhook::Loopback,
    use_cases::{authorise::CustomKeys, deliver_webhooks::DeliverWebhooks},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::until;

/// Here it costs a look into the table of this machine.
const EVERY: Duration = Duration::from_secs(1);
/// How long a run may take; the next one goes on.
const WITHIN: Duration = Duration::from_secs(60);

/// Whether receivers may be on this machine: on a developer's, as keys of any text are accepted there only.
pub(super) const fn loopback(custom_keys: CustomKeys) -> Loopback {
    match custom_keys {
        CustomKeys::Accepted => Loopback::Allowed,
        CustomKeys::Refused => Loopback::Refused,
    }
}

/// Runs until it is stopped. A run that has begun is left where it stands: what was not noted as accepted is sent again
/// under the same id.
pub(super) async fn deliver(webhooks: DeliverWebhooks, stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = until(stopped.clone()) => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            biased;
            () = until(stopped.clone()) => return,
            _ = webhooks.run(WITHIN) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adapter_local::DataDir;
    use adapter_system::{LoggedMetrics, SystemClock, SystemIds};
    use adapter_webhooks::HttpWebhookSender;
    use axum::{Router, http::HeaderMap, routing::post};
    use serde_json::Value;
    use shared::{
        domain::{
            api_key::Pepper,
            tenant::TenantScope,
            webhook::{Endpoint, Kinds},
        },
        repositories::{
            feed::Feed,
            records::Records,
            webhooks::{Beginning, NewWebhook, Webhooks},
        },
        testing::{
            filing::{Filing, job},
            samples,
        },
        use_cases::follow::Follow,
    };
    use tokio::{net::TcpListener, sync::mpsc};

    use super::*;

    #[tokio::test]
    async fn software_on_a_developers_machine_hears_of_a_note_and_the_timer_ends() {
        let (heard, mut hears) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let hook = post(async move |headers: HeaderMap, body: String| heard.send((headers, body)).unwrap());
        let server = axum::serve(listener, Router::new().route("/hooks", hook));
        let server = tokio::spawn(async move { server.await.unwrap() });

        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let data = DataDir::open(folder.path(), "", clock.clone(), Arc::new(SystemIds)).unwrap();
        let (table, pepper) = (data.store(), Pepper::new(&"p".repeat(32).into()).unwrap());
        let webhooks = Webhooks::new(table.clone(), &pepper);
        let loopback = loopback(CustomKeys::Accepted);
        let new = NewWebhook {
            endpoint: Endpoint::parse(&url, loopback).unwrap(),
            kinds: Kinds::all(),
            beginning: Beginning::Now,
        };
        let scope = TenantScope::of_customer(&samples::customer());
        let (webhook, _) = webhooks.create(&scope, new, &SystemClock, &SystemIds).await.unwrap();
        let filing = Filing::new(table.clone(), clock.clone());
        filing.note(1, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();

        let (stop, stopped) = watch::channel(false);
        let one = DeliverWebhooks {
            webhooks,
            follow: Follow { feed: Feed::new(table.clone()), records: Records::new(table) },
            sender: Arc::new(HttpWebhookSender::new(loopback).unwrap()),
            clock,
            ids: Arc::new(SystemIds),
            metrics: Arc::new(LoggedMetrics),
        };
        let running = tokio::spawn(deliver(one, stopped));
        let (headers, body) = hears.recv().await.unwrap();
        assert_eq!(headers["webhook-id"], format!("{}_1-1", webhook.id));
        assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
        let document: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(document["type"], "record.created");
        stop.send_replace(true);
        running.await.unwrap();
        server.abort();
    }

    #[test]
    fn only_a_developers_machine_sends_to_itself() {
        assert_eq!(loopback(CustomKeys::Accepted), Loopback::Allowed);
        assert_eq!(loopback(CustomKeys::Refused), Loopback::Refused);
    }
}
