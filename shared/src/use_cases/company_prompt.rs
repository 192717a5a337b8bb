//! What a company tells the model beside Hark's own instructions: one file, read, and replaced only by what was tried.

use std::sync::Arc;

use bytes::Bytes;

use super::tended_files::TendedFiles;
use crate::{
    domain::{
        object_key::{ObjectKey, PromptOwner},
        tenant::TenantScope,
        trial::{Trial, prompt_as_used},
    },
    ports::objects::{ObjectError, ObjectRead, ObjectReplace, ObjectWrite, Replaced},
};

/// The instructions for notes.
pub const NOTE: &str = "note";
const CONTENT_TYPE: &str = "text/markdown; charset=utf-8";

/// A company's prompt as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompanyPrompt {
    /// What it says; empty when there is none.
    pub text: String,
    /// Its `ETag`; `None` when there is none.
    pub etag: Option<String>,
}

/// The prompts of companies.
#[derive(Clone)]
pub struct CompanyPrompts {
    files: TendedFiles,
}

impl CompanyPrompts {
    /// In this store.
    #[must_use]
    pub fn new<S: ObjectRead + ObjectWrite + ObjectReplace + 'static>(store: Arc<S>) -> Self {
        Self { files: TendedFiles::new(store) }
    }

    /// The company's prompt as it is used.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub async fn get(&self, scope: &TenantScope) -> Result<CompanyPrompt, ObjectError> {
        let Some(key) = key_of(scope) else { return Ok(CompanyPrompt::default()) };
        let found = self.files.fetch(&key).await?;
        Ok(found.map_or_else(CompanyPrompt::default, |object| CompanyPrompt {
            text: prompt_as_used(&String::from_utf8_lossy(&object.bytes)),
            etag: Some(object.meta.etag),
        }))
    }

    /// Uses what was tried from now on. [`Replaced::Changed`]: somebody else changed it since it was typed, and nothing
    /// was done.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub async fn put(&self, scope: &TenantScope, tried: &Trial) -> Result<Replaced, ObjectError> {
        let Some(key) = key_of(scope) else { return Ok(Replaced::Changed) };
        let bytes = Bytes::from(prompt_as_used(tried.prompt.expose()));
        self.files.store(&key, tried.replaces.as_deref(), bytes, CONTENT_TYPE).await
    }
}

fn key_of(scope: &TenantScope) -> Option<ObjectKey> {
    ObjectKey::prompt(&PromptOwner::Company(scope.company()), NOTE)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::{
        domain::user::UserName,
        testing::{fixed::FixedClock, memory_objects::MemoryObjects, samples},
    };

    fn tried(prompt: &str, replaces: Option<&str>) -> Trial {
        Trial {
            of: samples::message_id(1),
            by: UserName::parse("boss").unwrap(),
            prompt: prompt.to_owned().into(),
            replaces: replaces.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn of_two_who_change_it_the_second_is_told_and_overwrites_nothing() {
        let objects = Arc::new(MemoryObjects::new(Arc::new(FixedClock::default())));
        let prompts = CompanyPrompts::new(objects);
        let scope = TenantScope::of_customer(&samples::customer());
        assert_eq!(prompts.get(&scope).await.unwrap(), CompanyPrompt::default());
        assert_eq!(prompts.put(&scope, &tried("Boilers first.", None)).await.unwrap(), Replaced::Yes);
        assert_eq!(
            prompts.put(&scope, &tried("Boilers first.", None)).await.unwrap(),
            Replaced::Yes,
            "again"
        );
        assert_eq!(prompts.put(&scope, &tried("Pumps first.", None)).await.unwrap(), Replaced::Changed);
        let stored = prompts.get(&scope).await.unwrap();
        assert_eq!(stored.text, "Boilers first.");
        let replaced = prompts.put(&scope, &tried("Pumps first.", stored.etag.as_deref())).await.unwrap();
        assert_eq!(
            (replaced, prompts.get(&scope).await.unwrap().text.as_str()),
            (Replaced::Yes, "Pumps first.")
        );
        let late = prompts.put(&scope, &tried("Late.", stored.etag.as_deref())).await.unwrap();
        assert_eq!(late, Replaced::Changed);
        let other = TenantScope::of_customer(&samples::customer_of("other"));
        assert_eq!(prompts.get(&other).await.unwrap(), CompanyPrompt::default());
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_no_document_may_hold_is_dropped() {
        assert_eq!(prompt_as_used(" a\u{0}b \r\n"), "ab");
        assert_eq!(prompt_as_used(&"ä".repeat(5_000)).chars().count(), crate::domain::trial::MAX_PROMPT);
    }
}
