//! MP3, AAC, WAV, FLAC, Vorbis and their containers, with `symphonia`; Opus in WebM with our own decoder.

use std::io::Cursor;

use bytes::Bytes;
use shared::domain::media::MediaKind;
use symphonia::core::{
    audio::GenericAudioBufferRef,
    codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_OPUS},
    errors::Error,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSourceStream, MediaSourceStreamOptions},
    meta::MetadataOptions,
};

use super::{
    Decoded, Meter, Sink,
    opus::{OpusDecoder, RATE},
};
use crate::audio::{AudioFault, ogg_stream::OpusHead, sniff};

/// Faulty places that are stepped over before a file is given up.
const MAX_FAULTS: u32 = 1_024;

pub(super) fn decode(kind: MediaKind, bytes: &Bytes, sink: &mut dyn Sink) -> Result<Decoded, AudioFault> {
    let undecodable = AudioFault::Undecodable(kind);
    // Tags are of no interest, and some hold pictures larger than the sound.
    let sound = bytes.slice(sniff::after_id3(bytes)..);
    let mut format = open(kind, sound).ok_or(undecodable)?;
    let track = format.default_track(TrackType::Audio).ok_or(undecodable)?;
    let track_id = track.id;
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(undecodable)?;
    let mut codec = Codec::of(params).ok_or(undecodable)?;
    let mut meter = Meter::new(sink);
    let mut mono = Vec::new();
    let mut faults = 0;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(Error::DecodeError(_)) if faults < MAX_FAULTS => {
                faults += 1;
                continue;
            }
            Err(_) => {
                faults += 1;
                break;
            }
        };
        if packet.track_id != track_id {
            continue;
        }
        match codec.decode(&packet, &mut mono) {
            Some(rate) => meter.pass(&mono, rate)?,
            None if faults < MAX_FAULTS => faults += 1,
            None => break,
        }
    }
    if meter.seconds <= 0.0 {
        return Err(undecodable);
    }
    Ok(Decoded { duration_s: meter.seconds, incomplete: faults > 0 })
}

fn open(kind: MediaKind, bytes: Bytes) -> Option<Box<dyn FormatReader>> {
    let mut hint = Hint::new();
    hint.with_extension(kind.extension());
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .ok()
}

enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<OpusDecoder>),
}

impl Codec {
    fn of(params: &AudioCodecParameters) -> Option<Self> {
        if params.codec == CODEC_ID_OPUS {
            let head = OpusHead::parse(params.extra_data.as_deref()?).ok()?;
            return Some(Self::Opus(Box::new(OpusDecoder::new(head.output_gain)?)));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .ok()?;
        Some(Self::Symphonia(decoder))
    }

    /// Decodes a packet into `mono` and tells the rate. `None`: it does not decode.
    fn decode(&mut self, packet: &symphonia::core::packet::Packet, mono: &mut Vec<i16>) -> Option<u32> {
        mono.clear();
        match self {
            Self::Symphonia(decoder) => mix_down(&decoder.decode(packet).ok()?, mono),
            Self::Opus(decoder) => {
                mono.extend_from_slice(decoder.decode(&packet.data)?);
                Some(RATE)
            }
        }
    }
}

fn mix_down(buffer: &GenericAudioBufferRef<'_>, mono: &mut Vec<i16>) -> Option<u32> {
    let channels = buffer.num_planes();
    let rate = buffer.spec().rate();
    if channels == 0 || rate == 0 {
        return None;
    }
    buffer.copy_to_vec_interleaved::<i16>(mono);
    if channels > 1 {
        let mixed: Vec<i16> = mono.chunks_exact(channels).map(mean).collect();
        *mono = mixed;
    }
    Some(rate)
}

fn mean(frame: &[i16]) -> i16 {
    let sum: i64 = frame.iter().map(|sample| i64::from(*sample)).sum();
    let count = i64::try_from(frame.len()).unwrap_or(1).max(1);
    i16::try_from(sum / count).unwrap_or(0)
}
