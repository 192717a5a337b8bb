//! Where a company's own software is told of changes: made, tried, switched, removed, and what was not accepted.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use shared::{
    domain::webhook::{Endpoint, Loopback},
    repositories::{feed::Feed, records::Records},
    testing::{fixed::SeededIds, memory_receivers::answers, recorded_metrics::RecordedMetrics},
    use_cases::{deliver_webhooks::DeliverWebhooks, follow::Follow},
};

use crate::world::{Answer, World};

const PATH: &str = "/panel/settings/webhooks";
const URL: &str = "https://erp.example/hooks";

fn wanted(once: &str) -> String {
    format!("&once={once}&url=https%3A%2F%2Ferp.example%2Fhooks&record.created=yes")
}

struct Owner<'a> {
    world: &'a World,
    cookies: String,
    token: String,
}

impl<'a> Owner<'a> {
    async fn new(world: &'a World, name: &str) -> Self {
        let cookies = world.cookies_of(name).await;
        let token = world.get(PATH, &[("cookie", &cookies)]).await.token();
        Self { world, cookies, token }
    }

    async fn get(&self, path: &str) -> Answer {
        self.world.get(path, &[("cookie", &self.cookies)]).await
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        self.world.post(path, &self.cookies, &format!("token={}{fields}", self.token)).await
    }

    async fn make(&self) -> (Answer, String) {
        let once = self.get(PATH).await.hidden("once");
        let made = self.post(PATH, &wanted(&once)).await;
        let id = made.text().split("<code>wh_").nth(1).and_then(|after| after.get(..16).map(str::to_owned));
        let one = format!("{PATH}/wh_{}", id.unwrap_or_default());
        (made, one)
    }
}

#[tokio::test]
async fn a_webhook_is_made_its_secret_seen_once_tried_switched_and_removed() {
    let world = World::new().await;
    let anna = Owner::new(&world, "anna").await;
    let (made, one) = anna.make().await;
    assert!(made.text().contains("whsec_") && made.text().contains("new records"), "{}", made.text());
    let page = anna.get(&one).await.text();
    assert!(!page.contains("whsec_") && page.contains(URL) && page.contains("There are none."), "{page}");
    assert!(anna.get(PATH).await.text().contains(&format!("href=\"{one}\"")));

    let pinged = anna.post(&format!("{one}/ping"), "").await.text();
    assert!(pinged.contains("It was not accepted: no connection"), "{pinged}");
    let endpoint = Endpoint::parse(URL, Loopback::Refused).unwrap();
    world.receivers.listen(&endpoint, |_| answers(204));
    let pinged = anna.post(&format!("{one}/ping"), "").await.text();
    assert!(pinged.contains("The receiver answered 204."), "{pinged}");

    let off = anna.post(&format!("{one}/switch"), "&version=1&active=no").await;
    assert_eq!((off.status, off.goes_to()), (StatusCode::SEE_OTHER, one.as_str()));
    let stale = anna.post(&format!("{one}/switch"), "&version=1&active=yes").await.text();
    assert!(stale.contains("was changed meanwhile") && stale.contains("switched off"), "{stale}");
    let rotated = anna.post(&format!("{one}/secret"), "&version=2").await.text();
    assert!(rotated.contains("whsec_") && rotated.contains("switched off"), "{rotated}");
    let again = anna.post(&format!("{one}/secret"), "&version=2").await.text();
    assert!(again.contains("was changed meanwhile") && !again.contains("whsec_"), "{again}");

    let removed = anna.post(&format!("{one}/remove"), "").await;
    assert_eq!((removed.status, removed.goes_to()), (StatusCode::SEE_OTHER, PATH));
    assert_eq!(anna.get(&one).await.status, StatusCode::NOT_FOUND);
    let audit = anna.get("/panel/audit").await.text();
    for told in ["made a webhook", "switched a webhook", "gave a webhook a new secret", "removed a webhook"] {
        assert_eq!(audit.matches(told).count(), 1, "{told}");
    }
}

#[tokio::test]
async fn a_page_that_is_loaded_again_makes_no_second_webhook() {
    let world = World::new().await;
    let anna = Owner::new(&world, "anna").await;
    let once = anna.get(PATH).await.hidden("once");
    assert!(anna.post(PATH, &wanted(&once)).await.text().contains("whsec_"));
    for _ in 0..2 {
        let again = anna.post(PATH, &wanted(&once)).await.text();
        assert!(
            again.contains("role=\"status\">It was made already; its secret is not shown again."),
            "{again}"
        );
        assert!(
            !again.contains("whsec_") && again.matches(&format!("href=\"{PATH}/wh_")).count() == 1,
            "{again}"
        );
    }
    assert_eq!(anna.get("/panel/audit").await.text().matches("made a webhook").count(), 1);
    // Another form makes another one, and one without its mark is none of ours.
    assert!(anna.make().await.0.text().contains("whsec_"));
    assert_eq!(anna.post(PATH, &wanted("")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_is_checked_and_there_are_ten_at_most() {
    let world = World::new().await;
    let anna = Owner::new(&world, "anna").await;
    for (url, told) in [
        ("<script>alert(1)</script>", "This is no address."),
        ("http://erp.example/", "must begin with https"),
        ("https://127.0.0.1/", "must not lead to this machine"),
        ("https://u:p@erp.example/", "must hold no user"),
        ("https://erp.example/%23", "must hold no # part"),
    ] {
        let url = url.replace('&', "%26");
        let again = anna.post(PATH, &format!("&once=1&url={url}&record.created=yes")).await.text();
        assert!(again.contains(told) && !again.contains("<script>alert"), "{url}: {again}");
    }
    let again = anna.post(PATH, "&once=1&url=https%3A%2F%2Ferp.example%2F").await.text();
    assert!(
        again.contains("It must be told of something.") && again.contains("value=\"https://erp.example/\"")
    );
    for _ in 0..10 {
        anna.make().await;
    }
    let eleventh = anna.make().await.0.text();
    assert!(eleventh.contains("There are ten webhooks.") && !eleventh.contains("whsec_"), "{eleventh}");
    assert_eq!(anna.get("/panel/audit").await.text().matches("made a webhook").count(), 10);
}

#[tokio::test]
async fn webhooks_of_another_company_are_none_and_staff_has_none() {
    let world = World::new().await;
    let (_, one) = Owner::new(&world, "anna").await.make().await;
    let mallory = Owner::new(&world, "mallory").await;
    assert!(!mallory.get(PATH).await.text().contains("erp.example"));
    let tried = ["", "/ping", "/switch", "/secret", "/remove", "/replay"];
    for what in tried {
        let path = format!("{one}{what}");
        let answer = match what {
            "" => mallory.get(&path).await,
            _ => mallory.post(&path, "&version=1&active=no").await,
        };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}");
        for name in ["ben", "vera"] {
            let cookies = world.cookies_of(name).await;
            let refused = match what {
                "" => world.get(&path, &[("cookie", &cookies)]).await,
                _ => world.post(&path, &cookies, "token=x&version=1&active=no").await,
            };
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}, {name}");
        }
    }
    assert!(!world.sees("mallory", "/panel/audit").await.text().contains("webhook"));
    assert!(world.receivers.received(&Endpoint::parse(URL, Loopback::Refused).unwrap()).is_empty());
}

#[tokio::test]
async fn what_was_not_accepted_for_three_days_is_sent_again() {
    let world = World::new().await;
    let (_, one) = Owner::new(&world, "anna").await.make().await;
    let id = world.filed(1, "Fix the tap").await;
    let deliver = DeliverWebhooks {
        webhooks: world.webhooks.clone(),
        follow: Follow { feed: Feed::new(world.table.clone()), records: Records::new(world.table.clone()) },
        sender: world.receivers.clone(),
        clock: world.clock.clone(),
        ids: Arc::new(SeededIds::new(9)),
        metrics: Arc::new(RecordedMetrics::new()),
    };
    for _ in 0..40 {
        deliver.run(Duration::from_secs(60)).await;
        world.clock.advance(Duration::from_secs(3 * 3_600));
    }
    let anna = Owner::new(&world, "anna").await;
    let page = anna.get(&one).await.text();
    assert!(
        page.contains(&id) && page.contains("no connection") && page.contains("Accepts nothing since"),
        "{page}"
    );
    let odd = anna.post(&format!("{one}/replay"), "&number=7").await;
    assert_eq!(odd.status, StatusCode::NOT_FOUND);
    let again = anna.post(&format!("{one}/replay"), "&number=1").await;
    assert_eq!((again.status, again.goes_to()), (StatusCode::SEE_OTHER, one.as_str()));
    assert!(anna.get(&one).await.text().contains("There are none."));
    let endpoint = Endpoint::parse(URL, Loopback::Refused).unwrap();
    world.receivers.listen(&endpoint, |_| answers(204));
    let before = world.receivers.received(&endpoint).len();
    deliver.run(Duration::from_secs(60)).await;
    assert_eq!(world.receivers.received(&endpoint).len(), before + 1);
    assert_eq!(anna.post(&format!("{one}/replay"), "").await.status, StatusCode::SEE_OTHER);
}
