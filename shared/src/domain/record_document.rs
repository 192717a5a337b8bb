//! `record.json`: the typed document that client apps read. Version 1; a reader of version 1 reads every
//! later 1.x, so fields are added and never change their meaning.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    analysis::{ActionItem, Analysis, Fallback, Record},
    artifacts::{PlannedFile, Source},
    ids::RecordId,
    media::AudioFigures,
    message::Location,
    note::{Heard, Joined, Note, Remark, Unheard},
    private::Private,
};

/// The version that is written.
pub const SCHEMA_VERSION: &str = "1.1";

#[derive(Serialize)]
struct RecordDto<'a> {
    schema_version: &'static str,
    message_id: String,
    /// Of a further record: the message that it was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    further_record_of: Option<&'a str>,
    /// How often it was changed.
    #[serde(skip_serializing_if = "is_zero")]
    version: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    confirmed: bool,
    company_id: &'a str,
    customer_id: &'a str,
    intent: &'static str,
    tag: &'a str,
    language: &'static str,
    channel: super::identity::Channel,
    received_at: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<OtherDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<AudioDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a Location>,
    /// Messages that joined the note.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    joined: Vec<JoinedDto<'a>>,
    /// What its sender said is wrong, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<CorrectionDto<'a>>,
    files: Vec<FileDto<'a>>,
    provenance: ProvenanceDto<'a>,
}

#[derive(Serialize)]
struct JobDto<'a> {
    summary: &'a str,
    job: &'a str,
    context: Option<&'a str>,
    action_items: &'a [ActionItem],
}

#[derive(Serialize)]
struct DocumentDto<'a> {
    title: &'a str,
    summary: &'a str,
    context: Option<&'a str>,
}

#[derive(Serialize)]
struct OtherDto<'a> {
    summary: Option<&'a str>,
}

#[derive(Serialize)]
struct AudioDto<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<AudioFigures>,
    #[serde(skip_serializing_if = "<[Unheard]>::is_empty")]
    not_heard: &'a [Unheard],
}

#[derive(Serialize)]
struct JoinedDto<'a> {
    message_id: &'a str,
    received_at: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a Location>,
}

#[derive(Serialize)]
struct CorrectionDto<'a> {
    message_id: &'a str,
    received_at: String,
    text: &'a str,
    /// Whether the record was changed by it; if not, somebody has to look.
    applied: bool,
}

#[derive(Serialize)]
struct FileDto<'a> {
    r#type: String,
    key: &'a str,
    content_type: &'static str,
    size: u64,
}

/// How the record came to be: which models, which prompt, what was left out, what it used.
#[derive(Serialize)]
struct ProvenanceDto<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription_model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis_model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    action_items_dropped: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<Fallback>,
    input_tokens: u64,
    output_tokens: u64,
    audio_seconds: u64,
}

/// The document of one record of an analysed note, whose original files are `originals`, as it is filed; `None` before
/// it is analysed. The same note always gives the same bytes.
#[must_use]
pub fn render(
    note: &Note,
    record: &RecordId,
    analysis: &Analysis,
    originals: &[PlannedFile],
) -> Option<String> {
    let document = document(note, record, analysis, originals)?;
    serde_json::to_string_pretty(&document).ok().map(|json| json + "\n")
}

/// The same as one part of a larger document.
#[must_use]
pub fn render_within(
    note: &Note,
    record: &RecordId,
    analysis: &Analysis,
    originals: &[PlannedFile],
) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(&document(note, record, analysis, originals)?).ok()
}

fn document<'a>(
    note: &'a Note,
    record: &RecordId,
    analysis: &'a Analysis,
    originals: &'a [PlannedFile],
) -> Option<RecordDto<'a>> {
    let heard = note.heard()?;
    let message = note.message();
    let revised = note.revised();
    let (job, document, other) = content(&analysis.record);
    Some(RecordDto {
        schema_version: SCHEMA_VERSION,
        message_id: record.to_string(),
        further_record_of: (record.part() > 1).then_some(message.id.as_str()),
        version: revised.version,
        confirmed: revised.confirmed,
        company_id: note.sender().company_id.as_str(),
        customer_id: note.sender().customer_id.as_str(),
        intent: analysis.record.intent().as_str(),
        tag: analysis.tag.as_str(),
        language: heard.language.code(),
        channel: message.from.channel(),
        received_at: message.received_at.to_string(),
        text: note.words(),
        job,
        document,
        other,
        audio: (heard.audio.is_some() || !heard.unheard.is_empty())
            .then_some(AudioDto { figures: heard.audio, not_heard: &heard.unheard }),
        location: message.location.as_ref().map(Private::expose),
        joined: revised.joined.iter().map(joined).collect(),
        corrections: revised.remarks.iter().map(correction).collect(),
        files: originals.iter().filter_map(file).collect(),
        provenance: provenance(note, heard, analysis)?,
    })
}

fn provenance<'a>(note: &'a Note, heard: &'a Heard, analysis: &Analysis) -> Option<ProvenanceDto<'a>> {
    let (understood, usage) = (note.understood()?, note.usage());
    Some(ProvenanceDto {
        transcription_model: heard.model.as_deref(),
        analysis_model: understood.model.as_deref(),
        prompt: understood.prompt.as_deref(),
        action_items_dropped: analysis.items_dropped,
        fallback: analysis.fallback,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        audio_seconds: usage.audio_seconds,
    })
}

fn joined(joined: &Joined) -> JoinedDto<'_> {
    JoinedDto {
        message_id: joined.by.as_str(),
        received_at: joined.at.to_string(),
        text: joined.words.expose(),
        location: joined.location.as_ref().map(Private::expose),
    }
}

fn correction(remark: &Remark) -> CorrectionDto<'_> {
    CorrectionDto {
        message_id: remark.by.as_str(),
        received_at: remark.at.to_string(),
        text: remark.words.expose(),
        applied: remark.applied,
    }
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn content(record: &Record) -> (Option<JobDto<'_>>, Option<DocumentDto<'_>>, Option<OtherDto<'_>>) {
    match record {
        Record::Job { summary, job, context, action_items } => {
            (Some(JobDto { summary, job, context: context.as_deref(), action_items }), None, None)
        }
        Record::Document { title, summary, context } => {
            (None, Some(DocumentDto { title, summary, context: context.as_deref() }), None)
        }
        Record::Other { summary } => (None, None, Some(OtherDto { summary: summary.as_deref() })),
    }
}

fn file(planned: &PlannedFile) -> Option<FileDto<'_>> {
    let Source::Original { size, .. } = planned.source else { return None };
    let PlannedFile { key, file, content_type, .. } = planned;
    Some(FileDto { r#type: file.name(), key: key.as_str(), content_type, size })
}
