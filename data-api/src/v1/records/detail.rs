//! One record with all that is known of it.

use std::time::Duration;

use futures::future::try_join_all;
use serde::Serialize;
use shared::{
    domain::{
        artifacts::{self, PlannedFile, Source},
        client_state::Status,
        feed::ChangeKind,
        ids::RecordId,
        note::{FailureReason, Note, Stage},
        object_key::ObjectKey,
        record_view::RecordView,
        tenant::TenantScope,
    },
    ports::objects::Presign,
    repositories::records::{Found, Past},
};
use utoipa::ToSchema;

use crate::{
    Api,
    files::rfc3339,
    v1::{openapi, problem::Problem, view::RecordDto},
};

/// For how long an address works.
const EXPIRES_IN: Duration = Duration::from_secs(300);
/// How many past versions are told.
const MOST_PAST: u32 = 20;

/// A record with its past, its files and how it came to be.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordDetail)]
pub(super) struct DetailDto {
    #[serde(flatten)]
    pub(super) core: CoreDto,
    /// Past versions, newest first, at most twenty.
    history: Vec<PastDto>,
    /// The record's files.
    pub(super) artifacts: Vec<ArtifactDto>,
}

/// What a record's tag is made of: whatever changes it changes this.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordCore)]
pub(super) struct CoreDto {
    #[serde(flatten)]
    record: RecordDto,
    /// When its message was received.
    #[schema(format = DateTime)]
    received_at: String,
    sender: SenderDto,
    /// Other records of the same message.
    siblings: Vec<String>,
    /// The message whose record this message is about, if it is no note of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    about: Option<String>,
    processing: ProcessingDto,
    usage: UsageDto,
    /// Changes of the status by client apps, oldest first, at most twenty.
    status_changes: Vec<StatusChangeDto>,
}

/// Who said it.
#[derive(Serialize, ToSchema)]
#[schema(as = Sender)]
struct SenderDto {
    /// Under which customers.json knows the person.
    customer_id: String,
    /// The person's name, if it is known.
    #[schema(required = true)]
    name: Option<String>,
}

/// How far its note is.
#[derive(Serialize, ToSchema)]
#[schema(as = Processing)]
struct ProcessingDto {
    /// `received`, `media_stored`, `transcribed`, `analysed`, `filed`, `unheard` (nothing could be heard), `answered` or
    /// `done` (nothing was to be filed, as of a STOP), or `failed`.
    stage: &'static str,
    /// Why it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure: Option<FailureDto>,
}

/// Why a note was given up.
#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
struct FailureDto {
    /// The last step that was done.
    after: &'static str,
    /// What went wrong, for programs.
    #[schema(value_type = String)]
    reason: FailureReason,
    /// The same in words.
    detail: String,
}

/// What its model calls used.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
struct UsageDto {
    /// Tokens read.
    input_tokens: u64,
    /// Tokens written.
    output_tokens: u64,
    /// Seconds of sound heard.
    audio_seconds: u64,
    /// What they cost, in US dollars, by the prices that were set; `null`: none were.
    #[schema(required = true)]
    cost_usd: Option<f64>,
}

/// A change of the status by a client app.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusChange)]
struct StatusChangeDto {
    /// What it became.
    #[schema(schema_with = openapi::status)]
    status: Status,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// With which key.
    key_id: String,
}

/// A past version of a record.
#[derive(Serialize, ToSchema)]
#[schema(as = PastVersion)]
struct PastDto {
    /// Which; 0 is as it was first filed.
    version: u32,
    /// What happened to it then.
    #[schema(schema_with = openapi::change_kind)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<ChangeKind>,
    /// The message that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message_id: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    at: Option<String>,
    /// What it said; `null`: it was withdrawn, or not there.
    #[schema(schema_with = openapi::document, required = true)]
    record: Option<Box<serde_json::value::RawValue>>,
}

/// A file of a record.
#[derive(Serialize, ToSchema)]
#[schema(as = Artifact)]
pub(super) struct ArtifactDto {
    /// `audio`, `full_text`, `text_summary`, `record`, `image_1` or `document_1`, and so on.
    r#type: String,
    /// Its key in the store.
    key: String,
    /// What it is served as.
    content_type: &'static str,
    /// Bytes.
    size: u64,
    /// Where it can be downloaded for 300 seconds, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    url: Option<String>,
}

/// How far a note is, as far as client apps care: whether its sender was told is no affair of theirs.
const fn stage(note: &Note) -> &'static str {
    match note.stage() {
        Stage::Answered | Stage::Done if note.understood().is_some() || note.change().is_some() => {
            Stage::Filed.as_str()
        }
        Stage::Answered | Stage::Done if note.heard().is_some() => Stage::Unheard.as_str(),
        stage => stage.as_str(),
    }
}

impl CoreDto {
    pub(super) fn of(api: &Api, found: &Found) -> Self {
        let Found { note, record, state, .. } = found;
        let (sender, usage) = (note.sender(), note.usage());
        let siblings = note.places().into_iter().map(|(id, _)| id).filter(|id| id != record);
        let failure = note.failure().map(|failure| FailureDto {
            after: failure.after.as_str(),
            reason: failure.reason,
            detail: failure.reason.to_string(),
        });
        let changes = state.changes.iter().map(|change| StatusChangeDto {
            status: change.status,
            at: rfc3339(change.at),
            key_id: change.by.to_string(),
        });
        Self {
            record: RecordView::of(note, record, state).into(),
            received_at: rfc3339(note.message().received_at),
            sender: SenderDto {
                customer_id: sender.customer_id.to_string(),
                name: sender.name.as_ref().map(|name| name.expose().clone()),
            },
            siblings: siblings.map(|id| id.to_string()).collect(),
            about: note.purpose().target().map(ToString::to_string),
            processing: ProcessingDto { stage: stage(note), failure },
            usage: UsageDto {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                audio_seconds: usage.audio_seconds,
                cost_usd: api.deps.prices.as_ref().map(|prices| prices.micro_usd(usage) / 1e6),
            },
            status_changes: changes.collect(),
        }
    }
}

/// All of a record, with addresses of its files if they are wanted.
pub(super) async fn whole(
    api: &Api,
    scope: &TenantScope,
    found: &Found,
    core: CoreDto,
    urls: bool,
) -> Result<DetailDto, Problem> {
    let history = api.deps.follow.records.history(&found.note, MOST_PAST).await?;
    let history = history.iter().map(|past| past_version(past, &found.record)).collect();
    let artifacts = files(scope, found).into_iter().map(|file| artifact(api, file, urls));
    Ok(DetailDto { core, history, artifacts: try_join_all(artifacts).await? })
}

fn past_version(past: &Past, record: &RecordId) -> PastDto {
    let ended = past.ended_by.as_ref();
    let shown = !past.note.revised().withdrawn;
    PastDto {
        version: past.version,
        ended_by: ended.map(|ended| ended.kind),
        message_id: ended.map(|ended| ended.by.to_string()),
        at: ended.map(|ended| rfc3339(ended.at)),
        record: artifacts::document(&past.note, record).filter(|_| shown),
    }
}

/// The files of a record that is in sight.
fn files(scope: &TenantScope, found: &Found) -> Vec<PlannedFile> {
    let note = &found.note;
    if !note.is_changeable() || note.revised().withdrawn {
        return Vec::new();
    }
    let is_its = |file: &PlannedFile| {
        let artifact = ObjectKey::artifact_in(scope, file.key.as_str());
        artifact.is_some_and(|(_, artifact)| artifact.record == found.record)
    };
    artifacts::plan(note).unwrap_or_default().into_iter().filter(is_its).collect()
}

async fn artifact(api: &Api, file: PlannedFile, urls: bool) -> Result<ArtifactDto, Problem> {
    let size = match &file.source {
        Source::Original { size, .. } => *size,
        Source::Text(text) => text.len() as u64,
    };
    let url = if urls { Some(address(api, &file).await?) } else { None };
    let (r#type, key) = (file.file.name(), file.key.as_str().to_owned());
    Ok(ArtifactDto { r#type, key, content_type: file.content_type, size, url })
}

async fn address(api: &Api, file: &PlannedFile) -> Result<String, Problem> {
    let what = Presign {
        expires_in: EXPIRES_IN,
        file_name: crate::files::download::file_name(file.key.as_str()),
        content_type: file.content_type,
    };
    Ok(api.deps.objects.presign(&file.key, &what).await?.to_string())
}
