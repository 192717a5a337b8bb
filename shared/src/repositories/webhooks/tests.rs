//! A company's webhooks are kept apart from others', their secrets are seen once, and what is deleted leaves no trace.

use secrecy::ExposeSecret;

use super::{stored::MOST_FORMER, *};
use crate::{
    domain::{feed::ChangeKind, webhook::Loopback},
    testing::{
        filing::{Filing, job},
        fixed::{FixedClock, SeededIds},
        memory_table::MemoryTable,
        samples,
    },
};

struct Office {
    clock: Arc<FixedClock>,
    table: Arc<MemoryTable>,
    ids: SeededIds,
    webhooks: Webhooks,
    scope: TenantScope,
}

impl Office {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
        let webhooks = Webhooks::new(table.clone(), &pepper);
        let scope = TenantScope::of_customer(&samples::customer());
        Self { clock, table, ids: SeededIds::new(1), webhooks, scope }
    }

    async fn create(&self, beginning: Beginning) -> Result<(Webhook, WebhookSecret), CreateError> {
        let endpoint = Endpoint::parse("https://erp.example/hooks", Loopback::Refused).unwrap();
        let new = NewWebhook { endpoint, kinds: Kinds::all(), beginning };
        self.webhooks.create(&self.scope, new, &*self.clock, &self.ids).await
    }

    async fn secrets(&self, id: &WebhookId) -> Vec<String> {
        let found = self.webhooks.addressee(self.scope.company(), id, self.clock.now()).await.unwrap();
        let text = |secret: &WebhookSecret| secret.text().expose_secret().to_owned();
        found.unwrap().secrets.iter().map(text).collect()
    }
}

#[tokio::test]
async fn a_form_that_is_sent_off_again_makes_one_webhook() {
    let office = Office::new();
    let other = TenantScope::of_customer(&samples::customer_of("other"));
    let make = |scope: &TenantScope| {
        let endpoint = Endpoint::parse("https://erp.example/hooks", Loopback::Refused).unwrap();
        let new = NewWebhook { endpoint, kinds: Kinds::all(), beginning: Beginning::Now };
        let (scope, once) = (scope.clone(), Once::of(scope, "webhook", "a form"));
        let (webhooks, clock, ids) = (&office.webhooks, &*office.clock, &office.ids);
        async move { webhooks.create_once(&scope, new, &once, (clock, ids)).await.unwrap() }
    };
    let once = Once::of(&office.scope, "webhook", "a form");
    assert!(!office.webhooks.is_made(&once).await.unwrap());
    let made = [make(&office.scope).await, make(&office.scope).await, make(&other).await];
    assert_eq!(
        made.map(|made| made.is_some()),
        [true, false, true],
        "what another company made is another's"
    );
    assert!(office.webhooks.is_made(&once).await.unwrap());
    assert_eq!(office.webhooks.list(&office.scope).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_company_has_ten_webhooks_at_most_and_sees_its_own_only() {
    let office = Office::new();
    let mut made = Vec::new();
    for _ in 0..MOST_OF_A_COMPANY {
        made.push(office.create(Beginning::Now).await.unwrap().0);
    }
    assert!(matches!(office.create(Beginning::Now).await, Err(CreateError::TooMany)));
    assert_eq!(office.webhooks.list(&office.scope).await.unwrap(), made);
    let other = TenantScope::of_customer(&samples::customer_of("acme"));
    assert_eq!(office.webhooks.list(&other).await.unwrap(), []);
    assert_eq!(office.webhooks.get(&other, &made[0].id).await.unwrap(), None);
    assert_eq!(office.webhooks.companies().await.unwrap(), [office.scope.company().clone()]);
}

#[tokio::test]
async fn a_secret_is_seen_once_and_the_one_before_signs_for_another_day() {
    let office = Office::new();
    let (webhook, first) = office.create(Beginning::Now).await.unwrap();
    let rotate =
        || office.webhooks.rotate_secret(&office.scope, (&webhook.id, None), &*office.clock, &office.ids);
    let clicked =
        || office.webhooks.rotate_secret(&office.scope, (&webhook.id, Some(1)), &*office.clock, &office.ids);
    let (rotated, second) = clicked().await.unwrap().unwrap();
    assert_eq!(rotated.version, 2);
    assert!(clicked().await.unwrap().is_none(), "the second of two clicks makes no third secret");
    let [first, second] = [first, second].map(|secret| secret.text().expose_secret().to_owned());
    assert_eq!(office.secrets(&webhook.id).await, [second.clone(), first.clone()]);
    for item in office.table.items() {
        for secret in [&first, &second] {
            assert!(!item.body.contains(secret.trim_start_matches("whsec_")), "{:?}", item.key);
        }
    }
    office.clock.advance(std::time::Duration::from_secs(24 * 3_600));
    assert_eq!(office.secrets(&webhook.id).await, [second]);
    for _ in 0..9 {
        rotate().await.unwrap().unwrap();
    }
    assert_eq!(office.secrets(&webhook.id).await.len(), 1 + MOST_FORMER);
    let nobody = WebhookId::of_random(&[0; 32]);
    let none = office.webhooks.rotate_secret(&office.scope, (&nobody, None), &*office.clock, &office.ids);
    assert!(none.await.unwrap().is_none());
}

#[tokio::test]
async fn a_webhook_is_changed_on_the_version_that_was_read() {
    let office = Office::new();
    let (webhook, _) = office.create(Beginning::Now).await.unwrap();
    let now = office.clock.now();
    let off = WebhookChange { active: Some(false), ..WebhookChange::default() };
    let update = |change, version| {
        let (webhooks, scope, id) = (&office.webhooks, &office.scope, &webhook.id);
        async move { webhooks.update(scope, id, &change, version, now).await }
    };
    let paused = update(off.clone(), 1).await.unwrap();
    assert_eq!((paused.activity, paused.version), (Activity::Paused, 2));
    assert_eq!(update(off.clone(), 1).await.unwrap(), paused, "the same once more is the same");
    let kinds = Kinds::of(&[ChangeKind::Created]);
    let late = WebhookChange { kinds: kinds.clone(), ..WebhookChange::default() };
    assert!(matches!(update(late.clone(), 1).await, Err(UpdateError::Changed)));
    assert_eq!(Some(update(late, 2).await.unwrap().kinds), kinds);
    let nobody = WebhookId::of_random(&[0; 32]);
    let none = office.webhooks.update(&office.scope, &nobody, &off, 1, now).await;
    assert!(matches!(none, Err(UpdateError::NotFound)));
}

#[tokio::test]
async fn a_new_webhook_begins_with_what_comes_or_with_the_first_change_of_all() {
    let office = Office::new();
    let filing = Filing::new(office.table.clone(), office.clock.clone());
    filing.note(1, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();
    for (beginning, position) in [(Beginning::Now, 1), (Beginning::First, 0)] {
        let (webhook, _) = office.create(beginning).await.unwrap();
        let progress = office.webhooks.progress(office.scope.company(), &webhook.id).await.unwrap();
        assert_eq!(progress.unwrap().0.position, position);
    }
}

#[tokio::test]
async fn of_a_deleted_webhook_nothing_is_left() {
    let office = Office::new();
    let filing = Filing::new(office.table.clone(), office.clock.clone());
    let (webhook, _) = office.create(Beginning::Now).await.unwrap();
    for n in 1..=3 {
        filing.note(n, "Fix the tap", &[job("tap", "Fix the tap")]).await.unwrap();
    }
    let (company, id, now) = (office.scope.company(), &webhook.id, office.clock.now());
    let webhooks = &office.webhooks;
    let read = webhooks.progress(company, id).await.unwrap().unwrap();
    let held = webhooks.hold(company, id, read, "me", later(now, DEAD_KEPT_FOR));
    let mut held = held.await.unwrap().unwrap();
    let entries = Feed::new(office.table.clone()).after(&office.scope, 0, 10).await.unwrap();
    let taken = webhooks.take_in(company, id, &mut held, &entries, &Kinds::all()).await.unwrap();
    assert_eq!(webhooks.pending(company, id).await.unwrap(), taken);
    webhooks.bury(company, id, &taken[0], now).await.unwrap();
    assert_eq!(webhooks.dead_letters(&office.scope, id, 0, 10).await.unwrap().letters.len(), 1);

    assert!(webhooks.delete(&office.scope, id).await.unwrap());
    assert_eq!(webhooks.get(&office.scope, id).await.unwrap(), None);
    assert_eq!(webhooks.addressees(company, now).await.unwrap().1, std::slice::from_ref(id));
    webhooks.remove_traces(company, id).await.unwrap();
    let left = office.table.items();
    assert!(left.iter().all(|item| !item.key.partition.contains("webhook")), "{left:?}");
    assert!(!webhooks.delete(&office.scope, id).await.unwrap());
}

#[tokio::test]
async fn one_dispatcher_has_a_webhook_until_its_lease_ends_and_another_one_then() {
    let office = Office::new();
    let (webhook, _) = office.create(Beginning::Now).await.unwrap();
    let (company, id, now) = (office.scope.company(), &webhook.id, office.clock.now());
    let until = later(now, SignedDuration::from_secs(120));
    let read = async || office.webhooks.progress(company, id).await.unwrap().unwrap();
    let hold = |read, holder| office.webhooks.hold(company, id, read, holder, until);
    let before = read().await;
    let mut first = hold(before.clone(), "a").await.unwrap().unwrap();
    assert!(hold(before, "b").await.unwrap().is_none(), "it was read before");
    let (progress, version) = read().await;
    assert!(progress.is_leased(now, "b") && !progress.is_leased(now, "a"));
    assert!(!progress.is_leased(until, "b"), "its lease has ended");
    let second = hold((progress, version), "b").await.unwrap().unwrap();
    let lost = office.webhooks.save(company, id, &mut first).await;
    assert!(matches!(lost, Err(TableError::Conflict)));
    office.webhooks.let_go(company, id, first).await.unwrap();
    assert_eq!(read().await.0.lease.unwrap().holder, "b", "who lost it ends nobody else's");
    office.webhooks.let_go(company, id, second).await.unwrap();
    assert_eq!(read().await.0.lease, None);
}
