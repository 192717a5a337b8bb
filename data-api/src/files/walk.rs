//! Goes through a company's files in the order of their keys, intent by intent.

use shared::{
    domain::{intent::Intent, object_key::KeyPrefix, tenant::TenantScope},
    ports::objects::{ObjectError, ObjectMeta, ObjectRead},
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
        let mut next = from;
        for _ in 0..MOST_READS {
            let (Some(position), true) = (&next, files.len() < PAGE) else { break };
            let page = self.read(position, PAGE - files.len()).await?;
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
        let mut next = from;
        while let Some(position) = next.clone() {
            if read >= PAGE && position.after.is_none() {
                break;
            }
            let mut last = position.after.clone();
            let page = self.read(&position, PAGE).await?;
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

    async fn read(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<shared::ports::objects::ObjectPage, ObjectError> {
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
