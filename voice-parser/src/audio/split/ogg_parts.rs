//! Cuts an Ogg/Opus file between packets and writes each part as a file of its own (RFC 7845). No packet is
//! lost, repeated or changed.

use bytes::Bytes;
use ogg::{PacketWriteEndInfo, PacketWriter};
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};

use super::{MAX_PART_BYTES, MAX_UPLOAD_BYTES, opus_tags, pause::quietest};
use crate::audio::{
    AudioFault, MAX_DURATION_S,
    decode::decode,
    levels::{FRAMES_PER_S, LevelMeter},
    ogg_stream::{OpusPacket, OpusReader},
};

/// Samples a second, in which Opus counts.
const RATE: f64 = 48_000.0;
/// A page of a part holds about a second.
const PAGE_SAMPLES: u64 = 48_000;
/// How far around an even cut a pause is looked for, in seconds; never more than a quarter of a part.
const SEARCH_S: f64 = 30.0;
/// More than a packet adds to a file beside its bytes.
const PACKET_OVERHEAD: usize = 8;

/// A packet in the plan: where it ends in the stream, in samples at 48 kHz, and the bytes up to there.
#[derive(Clone, Copy)]
struct Boundary {
    samples: u64,
    bytes: usize,
}

pub(super) fn split(
    bytes: &Bytes,
    reader: &OpusReader,
    max_part_s: f64,
) -> Result<Vec<AudioPart>, AudioFault> {
    let pre_skip = u64::from(reader.head().pre_skip);
    let boundaries = boundaries(bytes)?;
    let all = boundaries.last().ok_or(AudioFault::Undecodable(MediaKind::Ogg))?;
    let upper_bound_s = seconds(all.samples.saturating_sub(pre_skip));
    if upper_bound_s <= max_part_s && bytes.len() <= MAX_UPLOAD_BYTES {
        return Ok(vec![AudioPart { bytes: bytes.clone(), kind: MediaKind::Ogg, duration_s: upper_bound_s }]);
    }
    let mut levels: Option<LevelMeter> = None;
    // Decoding tells where the pauses are and how much of the end is played.
    let decoded = decode(MediaKind::Ogg, bytes, &mut |samples: &[i16], rate: u32| {
        levels.get_or_insert_with(|| LevelMeter::new(rate)).push(samples);
    })?;
    let levels = levels.map(LevelMeter::finish).unwrap_or_default();
    let headers = reader.tags().len() + 1_024;
    let plan = Plan { boundaries: &boundaries, levels: &levels, pre_skip, headers, max_part_s };
    write(bytes, &plan.cuts(), pre_skip, seconds(pre_skip) + decoded.duration_s)
}

fn boundaries(bytes: &Bytes) -> Result<Vec<Boundary>, AudioFault> {
    let mut reader = reader_of(bytes)?;
    let mut at = Boundary { samples: 0, bytes: 0 };
    let mut boundaries = Vec::new();
    while let Some(packet) = reader.next_packet() {
        at.samples += u64::from(packet.samples);
        at.bytes += packet.data.len() + packet.data.len() / 255 + PACKET_OVERHEAD;
        if seconds(at.samples) > MAX_DURATION_S + SEARCH_S {
            return Err(AudioFault::TooLong);
        }
        boundaries.push(at);
    }
    Ok(boundaries)
}

fn reader_of(bytes: &Bytes) -> Result<OpusReader, AudioFault> {
    OpusReader::open(bytes).map_err(|_| AudioFault::Undecodable(MediaKind::Ogg))
}

#[expect(clippy::cast_precision_loss, reason = "an hour is far below 2^52 samples")]
fn seconds(samples: u64) -> f64 {
    samples as f64 / RATE
}

struct Plan<'a> {
    boundaries: &'a [Boundary],
    levels: &'a [f32],
    pre_skip: u64,
    headers: usize,
    max_part_s: f64,
}

impl Plan<'_> {
    /// The numbers of packets before each cut, and of all at the end.
    fn cuts(&self) -> Vec<usize> {
        let mut cuts = Vec::new();
        let mut from = 0;
        while from < self.boundaries.len() {
            from = self.next_cut(from);
            cuts.push(from);
        }
        cuts
    }

    /// Where the part that begins with packet `from` ends: behind at least one packet.
    fn next_cut(&self, from: usize) -> usize {
        let all = self.boundaries.len();
        let start = self.before(from);
        let end = self.before(all);
        let fits = |cut: &usize| self.fits(start, self.before(*cut));
        if fits(&all) {
            return all;
        }
        let last = (from + 1..all).take_while(fits).last().unwrap_or(from + 1);
        // Even parts leave no snippet at the end, and are transcribed in the same time.
        let parts = self.parts_needed(start, end);
        let part_s = seconds(end.samples - start.samples) / parts;
        let even = seconds(start.samples) + part_s;
        let search = SEARCH_S.min(part_s / 4.0);
        let latest = (even + search).min(seconds(self.before(last).samples));
        let pause = self.pause_between((even - search).min(latest), latest);
        let cut = self.boundaries.partition_point(|boundary| seconds(boundary.samples) <= pause);
        cut.clamp(from + 1, last)
    }

    fn before(&self, packet: usize) -> Boundary {
        packet
            .checked_sub(1)
            .and_then(|at| self.boundaries.get(at))
            .copied()
            .unwrap_or(Boundary { samples: 0, bytes: 0 })
    }

    fn fits(&self, start: Boundary, end: Boundary) -> bool {
        seconds(end.samples - start.samples) <= self.max_part_s
            && end.bytes - start.bytes + self.headers <= MAX_PART_BYTES
    }

    #[expect(clippy::cast_precision_loss, reason = "a file has far fewer than 2^52 bytes")]
    fn parts_needed(&self, start: Boundary, end: Boundary) -> f64 {
        let by_time = seconds(end.samples - start.samples) / self.max_part_s;
        let by_size =
            (end.bytes - start.bytes) as f64 / MAX_PART_BYTES.saturating_sub(self.headers).max(1) as f64;
        by_time.max(by_size).ceil().max(2.0)
    }

    /// The quietest moment between two times of the stream, the pre-skip counted in.
    fn pause_between(&self, earliest: f64, latest: f64) -> f64 {
        let skip = seconds(self.pre_skip);
        let frame = |time: f64| to_index((time - skip) * f64::from(FRAMES_PER_S)).min(self.levels.len());
        let (first, last) = (frame(earliest), frame(latest));
        let window = self.levels.get(first..last).unwrap_or_default();
        if window.is_empty() {
            return latest;
        }
        to_seconds(first + quietest(window)) + skip
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an hour is 180,000 frames; below 0 is 0"
)]
fn to_index(frames: f64) -> usize {
    frames.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "an hour is 180,000 frames")]
fn to_seconds(frame: usize) -> f64 {
    frame as f64 / f64::from(FRAMES_PER_S)
}

/// Writes the packets between the cuts. `end_s` is where the sound of the last part ends.
fn write(bytes: &Bytes, cuts: &[usize], pre_skip: u64, end_s: f64) -> Result<Vec<AudioPart>, AudioFault> {
    let mut reader = reader_of(bytes)?;
    let mut parts = Vec::with_capacity(cuts.len());
    let mut from = 0;
    let mut start = 0;
    for (number, cut) in cuts.iter().enumerate() {
        let is_last = number + 1 == cuts.len();
        // The first part keeps what its decoder needs to warm up; a later one begins in a pause.
        let skip = if number == 0 { u16::try_from(pre_skip).unwrap_or(0) } else { 0 };
        let offset_s = (seconds(start) - seconds(pre_skip)).max(0.0);
        let serial = reader.serial().wrapping_add(u32::try_from(number + 1).unwrap_or(0));
        let tags = opus_tags::with_comment(reader.tags(), &format!("HARK_PART_OFFSET={offset_s:.3}"));
        let mut part = PartWriter::new(serial, reader.head().with_pre_skip(skip), tags)?;
        let packets: Vec<OpusPacket> = std::iter::from_fn(|| reader.next_packet()).take(cut - from).collect();
        let samples: u64 = packets.iter().map(|packet| u64::from(packet.samples)).sum();
        let played = if is_last { to_samples(end_s).saturating_sub(start).min(samples) } else { samples };
        part.write(packets, played)?;
        let duration_s = seconds(played.saturating_sub(u64::from(skip)));
        parts.push(AudioPart { bytes: part.finish(), kind: MediaKind::Ogg, duration_s });
        (from, start) = (*cut, start + samples);
    }
    Ok(parts)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of at most some hours")]
fn to_samples(time_s: f64) -> u64 {
    (time_s * RATE).round().max(0.0) as u64
}

struct PartWriter {
    writer: PacketWriter<'static, Vec<u8>>,
    serial: u32,
}

impl PartWriter {
    fn new(serial: u32, head: Vec<u8>, tags: Vec<u8>) -> Result<Self, AudioFault> {
        let mut part = Self { writer: PacketWriter::new(Vec::new()), serial };
        part.put(head, PacketWriteEndInfo::EndPage, 0)?;
        part.put(tags, PacketWriteEndInfo::EndPage, 0)?;
        Ok(part)
    }

    /// `played` samples of the packets are to be heard; the end position says so.
    fn write(&mut self, packets: Vec<OpusPacket>, played: u64) -> Result<(), AudioFault> {
        let mut position = 0;
        let mut page_at = 0;
        let count = packets.len();
        for (number, packet) in packets.into_iter().enumerate() {
            position += u64::from(packet.samples);
            let (end, granule) = if number + 1 == count {
                (PacketWriteEndInfo::EndStream, played)
            } else if position - page_at >= PAGE_SAMPLES {
                page_at = position;
                (PacketWriteEndInfo::EndPage, position)
            } else {
                (PacketWriteEndInfo::NormalPacket, position)
            };
            self.put(packet.data, end, granule)?;
        }
        Ok(())
    }

    fn put(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, granule: u64) -> Result<(), AudioFault> {
        // Writing into memory does not fail; if it did, the part would be none.
        self.writer
            .write_packet(packet, self.serial, end, granule)
            .map_err(|_| AudioFault::Undecodable(MediaKind::Ogg))
    }

    fn finish(self) -> Bytes {
        Bytes::from(self.writer.into_inner())
    }
}
