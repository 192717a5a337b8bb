//! A company's webhooks as they lie in the table, and what whoever delivers reads of them and writes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{COMPANIES, FORMER_SIGNS_FOR, Webhooks, key_of, later};
use crate::{
    domain::{
        ids::CompanyId,
        webhook::{Activity, Sealed, Webhook, WebhookId, WebhookSecret},
    },
    ports::table::{Order, SortRange, TableError},
    repositories::one_item::{Change, change},
};

/// How many former secrets sign beside the one in use; of more than these the oldest ends at once.
pub(super) const MOST_FORMER: usize = 3;
/// How many companies are read at once.
const COMPANIES_TOGETHER: usize = 1_000;

/// A webhook with the secrets that its messages are signed with, the one in use first. Empty if the one in use cannot be
/// read: another pepper.
#[derive(Debug, Clone)]
pub(crate) struct Addressee {
    pub(crate) webhook: Webhook,
    pub(crate) secrets: Vec<WebhookSecret>,
}

/// A company's webhooks, and those whose last traces are to be removed.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    pub(super) webhooks: Vec<StoredWebhook>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) deleted: Vec<WebhookId>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredWebhook {
    #[serde(flatten)]
    pub(super) webhook: Webhook,
    pub(super) secret: Sealed,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) former: Vec<Former>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Former {
    secret: Sealed,
    until: Timestamp,
}

impl Stored {
    pub(super) fn find(&self, id: &WebhookId) -> Option<&StoredWebhook> {
        self.webhooks.iter().find(|stored| stored.webhook.id == *id)
    }

    pub(super) fn find_mut(&mut self, id: &WebhookId) -> Option<&mut StoredWebhook> {
        self.webhooks.iter_mut().find(|stored| stored.webhook.id == *id)
    }
}

impl StoredWebhook {
    /// Puts another secret in place of the one in use, which signs beside it for a while.
    pub(super) fn rotate(&mut self, sealed: Sealed, now: Timestamp) {
        let until = later(now, FORMER_SIGNS_FOR);
        let before = std::mem::replace(&mut self.secret, sealed);
        self.former.retain(|former| now < former.until);
        self.former.insert(0, Former { secret: before, until });
        self.former.truncate(MOST_FORMER);
        self.webhook.version = self.webhook.version.saturating_add(1);
        self.webhook.updated_at = now;
    }
}

impl Webhooks {
    /// Switches a webhook off whose receiver is gone, if it is still the one that was asked.
    pub(crate) async fn gone(&self, company: &CompanyId, asked: &Webhook) -> Result<(), TableError> {
        change(&*self.table, &key_of(company), |stored: Option<Stored>| {
            let mut stored = stored.unwrap_or_default();
            match stored.find_mut(&asked.id) {
                Some(found) if found.webhook.version == asked.version => {
                    found.webhook.activity = Activity::Gone;
                    found.webhook.version = found.webhook.version.saturating_add(1);
                    Change::Become(stored, None, ())
                }
                _ => Change::Stay(()),
            }
        })
        .await
    }

    /// All companies that have webhooks, or traces of some.
    pub(crate) async fn companies(&self) -> Result<Vec<CompanyId>, TableError> {
        let (mut companies, mut range) = (Vec::new(), SortRange::All);
        loop {
            let query = self.table.query(COMPANIES, &range, Order::Ascending, COMPANIES_TOGETHER);
            let items = query.await?;
            let is_last = items.len() < COMPANIES_TOGETHER;
            // What cannot be read as an id was not written here.
            companies.extend(items.iter().filter_map(|item| CompanyId::parse(&item.key.sort).ok()));
            match items.into_iter().last() {
                Some(last) if !is_last => range = SortRange::After(last.key.sort),
                _ => return Ok(companies),
            }
        }
    }

    /// A company's webhooks with their secrets, and the deleted ones of which something may be left.
    pub(crate) async fn addressees(
        &self,
        company: &CompanyId,
        now: Timestamp,
    ) -> Result<(Vec<Addressee>, Vec<WebhookId>), TableError> {
        let stored = self.stored(company).await?.0.unwrap_or_default();
        let open = |stored: StoredWebhook| self.opened(company, stored, now);
        Ok((stored.webhooks.into_iter().map(open).collect(), stored.deleted))
    }

    /// One of them.
    pub(crate) async fn addressee(
        &self,
        company: &CompanyId,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<Option<Addressee>, TableError> {
        let (stored, _) = self.stored(company).await?;
        Ok(stored.and_then(|stored| Some(self.opened(company, stored.find(id)?.clone(), now))))
    }

    fn opened(&self, company: &CompanyId, stored: StoredWebhook, now: Timestamp) -> Addressee {
        let StoredWebhook { webhook, secret, former } = stored;
        let open = |sealed: &Sealed| self.sealer.open(company, &webhook.id, sealed);
        let secrets = open(&secret).map_or_else(Vec::new, |secret| {
            let former = former.iter().filter(|former| now < former.until);
            std::iter::once(secret).chain(former.filter_map(|former| open(&former.secret))).collect()
        });
        Addressee { webhook, secrets }
    }
}
