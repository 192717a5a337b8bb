//! Goes through a company's files in the order of their keys, intent by intent.

use std::collections::HashMap;

use futures::future::try_join_all;
use shared::{
    domain::{intent::Intent, object_key::KeyPrefix, tenant::TenantScope},
    ports::objects::{ObjectError, ObjectMeta, ObjectPage, ObjectRead},
};

use super::{PAGE, artifact, cursor::Position, grouping::Grouping};

/// Reads of the store for one page of files. Only files that are none of Hark's make more than a few
/// necessary; then the page is short and says where to go on.
const MOST_READS: usize = 10;

/// What to go through.
pub(super) struct Walk<'a> {
    pub(super) objects: &'a dyn ObjectRead,
    pub(super) scope: &'a TenantScope,
    /// In this order.
    pub(super) intents: &'a [Intent],
}

impl Walk<'_> {
    /// The beginning.
    pub(super) fn start(&self) -> Option<Position> {
        self.intents.first().map(|intent| Position { intent: *intent, after: None })
    }

    /// A page of files, at most [`PAGE`], and where it goes on.
    pub(super) async fn files(
        &self,
        from: Option<Position>,
    ) -> Result<(Vec<ObjectMeta>, Option<Position>), ObjectError> {
        let mut files = Vec::new();
        let mut ahead = self.ahead(from.as_ref()).await?;
        let mut next = from;
        for _ in 0..MOST_READS {
            let (Some(position), true) = (&next, files.len() < PAGE) else { break };
            let page = match ahead.remove(&position.intent) {
                Some(page) => beginning(page, PAGE - files.len()),
                None => self.read(position, PAGE - files.len()).await?,
            };
            files.extend(page.objects.into_iter().filter(|meta| artifact(self.scope, meta).is_some()));
            next = self.behind(position.intent, page.next_after);
        }
        Ok((files, next))
    }

    /// The notes of a page of files, each whole: behind the last file the page goes on until its last note
    /// is complete, so that no note is in two pages.
    pub(super) async fn notes(
        &self,
        from: Option<Position>,
    ) -> Result<(Grouping, Option<Position>), ObjectError> {
        let mut notes = Grouping::default();
        let mut read = 0;
        let mut ahead = self.ahead(from.as_ref()).await?;
        let mut next = from;
        while let Some(position) = next.clone() {
            if read >= PAGE && position.after.is_none() {
                break;
            }
            let mut last = position.after.clone();
            let page = match ahead.remove(&position.intent) {
                Some(page) => page,
                None => self.read(&position, PAGE).await?,
            };
            for meta in page.objects {
                if read >= PAGE && notes.is_complete_before(&meta.key) {
                    return Ok((notes, Some(Position { intent: position.intent, after: last })));
                }
                if let Some(artifact) = artifact(self.scope, &meta) {
                    notes.add(self.scope, artifact);
                }
                read += 1;
                last = Some(meta.key);
            }
            next = self.behind(position.intent, page.next_after);
        }
        Ok((notes, next))
    }

    /// At the very beginning, the first pages of all intents, read at the same time: most companies have no more.
    async fn ahead(&self, from: Option<&Position>) -> Result<HashMap<Intent, ObjectPage>, ObjectError> {
        if self.intents.len() < 2 || from != self.start().as_ref() {
            return Ok(HashMap::new());
        }
        let firsts = self.intents.iter().map(|intent| async move {
            let page = self.read(&Position { intent: *intent, after: None }, PAGE).await?;
            Ok((*intent, page))
        });
        Ok(try_join_all(firsts).await?.into_iter().collect())
    }

    async fn read(&self, position: &Position, limit: usize) -> Result<ObjectPage, ObjectError> {
        let prefix = KeyPrefix::intent(self.scope, position.intent);
        self.objects.list(&prefix, position.after.as_deref(), limit).await
    }

    /// Where it goes on behind a read: in the same intent, or at the beginning of the next.
    fn behind(&self, intent: Intent, after: Option<String>) -> Option<Position> {
        if after.is_some() {
            return Some(Position { intent, after });
        }
        let mut rest = self.intents.iter().skip_while(|other| **other != intent).skip(1);
        rest.next().map(|intent| Position { intent: *intent, after: None })
    }
}

/// The beginning of a page, of at most so many files.
fn beginning(mut page: ObjectPage, most: usize) -> ObjectPage {
    if page.objects.len() > most {
        page.objects.truncate(most);
        page.next_after = page.objects.last().map(|last| last.key.clone());
    }
    page
}
