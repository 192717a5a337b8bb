//! The glossary of each company, in one item.

use std::sync::Arc;

use jiff::Timestamp;

use super::one_item::{Change, change, encode, read};
use crate::{
    domain::{
        glossary::{BadTerms, Glossary, Term},
        ids::MessageId,
        tenant::TenantScope,
    },
    ports::table::{Condition, ItemKey, TableError, TableStore},
};

/// A glossary as it stands in the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredGlossary {
    /// The glossary.
    pub glossary: Glossary,
    /// Changes with each write; 0 of one that was never written.
    pub version: u64,
}

/// Why a glossary was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It has another version by now.
    #[error("the glossary was changed since it was read")]
    Changed,
    /// These terms cannot be one.
    #[error(transparent)]
    Terms(#[from] BadTerms),
    /// The table.
    #[error(transparent)]
    Table(TableError),
}

/// The repository.
#[derive(Clone)]
pub struct Glossaries {
    table: Arc<dyn TableStore>,
}

impl Glossaries {
    /// Kept in this table.
    #[must_use]
    pub fn new(table: Arc<dyn TableStore>) -> Self {
        Self { table }
    }

    /// A company's glossary; an empty one if nothing was ever put into it.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn terms(&self, scope: &TenantScope) -> Result<StoredGlossary, TableError> {
        let (glossary, condition) = read::<Glossary>(&*self.table, &key_of(scope)).await?;
        let version = if let Condition::Version(version) = condition { version } else { 0 };
        Ok(StoredGlossary { glossary: glossary.unwrap_or_default(), version })
    }

    /// Adds what a message taught; `false` if nothing was new. A message teaches once.
    ///
    /// # Errors
    /// [`TableError`], never `Conflict`.
    pub async fn learn(
        &self,
        scope: &TenantScope,
        terms: &[Term],
        from: &MessageId,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        if terms.is_empty() {
            return Ok(false);
        }
        change(&*self.table, &key_of(scope), |stored: Option<Glossary>| {
            let mut glossary = stored.unwrap_or_default();
            if glossary.learn(terms, from, now) {
                Change::Become(glossary, None, true)
            } else {
                Change::Stay(false)
            }
        })
        .await
    }

    /// Puts these terms in place of all, if the glossary still has the version that was read.
    ///
    /// # Errors
    /// [`ReplaceError`].
    pub async fn replace(
        &self,
        scope: &TenantScope,
        terms: Vec<Term>,
        if_version: u64,
        now: Timestamp,
    ) -> Result<StoredGlossary, ReplaceError> {
        let mut stored = self.terms(scope).await.map_err(ReplaceError::Table)?;
        if stored.version != if_version {
            return Err(ReplaceError::Changed);
        }
        stored.glossary.replace(terms, now)?;
        let body = encode(&stored.glossary).map_err(ReplaceError::Table)?;
        let condition = if if_version == 0 { Condition::Absent } else { Condition::Version(if_version) };
        match self.table.put(&key_of(scope), &body, condition, None).await {
            Ok(version) => Ok(StoredGlossary { version, ..stored }),
            Err(TableError::Conflict) => self.written_after_all(scope, stored).await,
            Err(error) => Err(ReplaceError::Table(error)),
        }
    }

    /// A store's client may repeat a write whose answer was lost, and then meets its own item.
    async fn written_after_all(
        &self,
        scope: &TenantScope,
        wanted: StoredGlossary,
    ) -> Result<StoredGlossary, ReplaceError> {
        let found = self.terms(scope).await.map_err(ReplaceError::Table)?;
        let is_ours = found.glossary == wanted.glossary && found.version == wanted.version + 1;
        if is_ours { Ok(found) } else { Err(ReplaceError::Changed) }
    }
}

fn key_of(scope: &TenantScope) -> ItemKey {
    ItemKey::new(format!("glossary#{}", scope.company()), "glossary")
}

#[cfg(all(test, feature = "testing"))]
#[expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::{
        domain::glossary::MAX_TERMS,
        testing::{
            MadeUp,
            failing::Failing,
            fixed::FixedClock,
            memory_table::MemoryTable,
            racing::Racing,
            samples::{customer_of, message_id, now},
        },
    };

    fn table() -> Arc<MemoryTable> {
        Arc::new(MemoryTable::new(Arc::new(FixedClock::default())))
    }

    fn scope(company: &str) -> TenantScope {
        TenantScope::of_customer(&customer_of(company))
    }

    fn terms(texts: &[&str]) -> Vec<Term> {
        texts.iter().map(|text| Term::parse(text).unwrap()).collect()
    }

    #[tokio::test]
    async fn each_company_has_a_glossary_of_its_own_and_it_is_empty_at_first() {
        let glossaries = Glossaries::new(table());
        let (acme, other) = (scope("acme"), scope("acme-2"));
        assert_eq!(glossaries.terms(&acme).await.unwrap(), StoredGlossary::default());
        let put = glossaries.replace(&acme, terms(&["Müller"]), 0, now()).await.unwrap();
        assert_eq!((put.version, put.glossary.entries().len()), (1, 1));
        assert_eq!(glossaries.terms(&acme).await.unwrap(), put);
        assert_eq!(glossaries.terms(&other).await.unwrap(), StoredGlossary::default());
    }

    #[tokio::test]
    async fn what_was_changed_since_it_was_read_is_not_written_over() {
        let glossaries = Glossaries::new(table());
        let acme = scope("acme");
        glossaries.replace(&acme, terms(&["Müller"]), 0, now()).await.unwrap();
        assert!(glossaries.learn(&acme, &terms(&["Kowalski"]), &message_id(1), now()).await.unwrap());
        for version in [0, 1, 3] {
            let put = glossaries.replace(&acme, terms(&["Grohe"]), version, now()).await;
            assert!(matches!(put, Err(ReplaceError::Changed)), "{version}: {put:?}");
        }
        let twice = glossaries.replace(&acme, terms(&["Grohe", "grohe"]), 2, now()).await;
        assert!(matches!(twice, Err(ReplaceError::Terms(BadTerms::Twice(1)))), "{twice:?}");
        assert_eq!(glossaries.replace(&acme, terms(&["Grohe"]), 2, now()).await.unwrap().version, 3);
    }

    #[tokio::test]
    async fn of_two_at_the_same_time_one_replaces_and_of_many_all_teach() {
        let table = table();
        let glossaries = Glossaries::new(Arc::new(Racing::over(table.clone())));
        let acme = scope("acme");
        let put = |text: &'static str| glossaries.replace(&acme, terms(&[text]), 0, now());
        let (one, other) = futures::join!(put("Müller"), put("Grohe"));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
        let teach = |n: u32| {
            let (glossaries, acme) = (glossaries.clone(), acme.clone());
            async move {
                let term = terms(&[&format!("Name {n}")]);
                glossaries.learn(&acme, &term, &message_id(n), now()).await.unwrap()
            }
        };
        assert_eq!(join_all((0..10).map(teach)).await, [true; 10]);
        assert_eq!(glossaries.terms(&acme).await.unwrap().glossary.entries().len(), 11);
        assert!(!teach(3).await, "comes twice");
        join_all((100..110).map(teach)).await;
        for n in 200..240 {
            teach(n).await;
        }
        assert_eq!(glossaries.terms(&acme).await.unwrap().glossary.entries().len(), MAX_TERMS);
    }

    #[tokio::test]
    async fn a_write_whose_answer_was_lost_is_known_again() {
        let lost = Failing::on_call(1, || TableError::Conflict, table()).only(&["put"]).losing_answers();
        let glossaries = Glossaries::new(Arc::new(lost));
        let put = glossaries.replace(&scope("acme"), terms(&["Müller"]), 0, now()).await.unwrap();
        assert_eq!(put.version, 1);
        let away = || TableError::Unavailable(MadeUp::boxed("away"));
        let glossaries = Glossaries::new(Arc::new(Failing::always(away, table())));
        assert!(glossaries.terms(&scope("acme")).await.is_err());
        let put = glossaries.replace(&scope("acme"), Vec::new(), 0, now()).await;
        assert!(matches!(put, Err(ReplaceError::Table(_))), "{put:?}");
    }
}
