//! A recording of unknown origin: read, measured and cut within its own bounds, without a packet lost or made up.

use bytes::Bytes;
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};
use voice_parser::audio::{
    AudioFault, MAX_DURATION_S, Measured, OpusHead, OpusReader, gate, measure, sniff, split,
};

/// The longest part that is asked for, in seconds. The shortest that is honoured is 1 s.
const PART_S: f64 = 2.0;
/// A rounding, in seconds.
const NEARLY: f64 = 1e-6;

/// Takes the bytes as a file, as they are and with the check sums of its pages mended: few changed files have right
/// ones, and those with wrong ones end at their first page.
pub fn ogg(data: &[u8]) {
    a_file(&Bytes::copy_from_slice(data));
    let mended = mended(data);
    if mended != data {
        a_file(&Bytes::from(mended));
    }
}

fn a_file(bytes: &Bytes) {
    let kind = sniff(bytes);
    assert_eq!(sniff(bytes), kind);
    if kind != MediaKind::Ogg {
        return;
    }
    assert!(bytes.starts_with(b"OggS"));
    let Some(packets) = packets(bytes) else { return };
    let samples: u64 = packets.iter().map(|(_, samples)| u64::from(*samples)).sum();
    let held: usize = packets.iter().map(|(data, _)| data.len()).sum();
    assert!(held <= bytes.len(), "more came out than went in");

    let measured = measure(kind, bytes);
    if let Ok(measured) = &measured {
        figures_are_possible(measured, samples);
    }
    let mut parts = Vec::new();
    let done = split(kind, bytes, PART_S, &mut |part| {
        parts.push(part);
        true
    });
    match done {
        Ok(()) => parts_make_the_whole(bytes, &packets, &parts),
        Err(_) => assert!(parts.is_empty(), "parts of a file that cannot be cut"),
    }
    if let Err(AudioFault::TooLong) = measured {
        assert!(samples_s(samples) > MAX_DURATION_S - 1.0, "a short recording is too long");
    }
}

/// The packets of sound, if it is an Opus stream.
fn packets(bytes: &Bytes) -> Option<Vec<(Vec<u8>, u32)>> {
    let mut reader = OpusReader::open(bytes).ok()?;
    let head = reader.head().clone();
    assert!(matches!(head.channels, 1 | 2));
    let written = OpusHead::parse(&head.with_pre_skip(head.pre_skip)).expect("what was read is read again");
    assert_eq!(written, head);
    assert!(reader.tags().starts_with(b"OpusTags"));
    let packets: Vec<_> = std::iter::from_fn(|| reader.next_packet())
        .map(|packet| (packet.data, packet.samples))
        .inspect(|(data, samples)| assert!(!data.is_empty() && (1..=5_760).contains(samples)))
        .collect();
    assert!(reader.next_packet().is_none(), "it goes on behind its end");
    Some(packets)
}

fn figures_are_possible(measured: &Measured, samples: u64) {
    let figures = measured.figures;
    assert_eq!(measured.kind, MediaKind::Ogg);
    assert!((0.0..=MAX_DURATION_S).contains(&figures.duration_s), "{}", figures.duration_s);
    assert!(figures.duration_s <= samples_s(samples) + NEARLY, "longer than its packets");
    assert!((0.0..=32_768.0).contains(&figures.rms) && (0.0..=32_767.0).contains(&figures.peak));
    assert!(figures.rms <= figures.peak + 1.0, "louder than its loudest sample");
    assert!(figures.dc_offset.abs() <= figures.peak + 1.0);
    assert!((0.0..=1.0).contains(&figures.clipping) && (0.0..=1.0).contains(&figures.silence));
    assert!((0.0..=figures.duration_s).contains(&figures.speech_s), "more speech than sound");
    assert!(figures.snr_db.is_finite() && figures.snr_db >= 0.0);
    let _ = gate(&figures);
}

#[expect(clippy::cast_precision_loss, reason = "a file of a fuzzer has far fewer than 2^52 samples")]
fn samples_s(samples: u64) -> f64 {
    samples as f64 / 48_000.0
}

fn parts_make_the_whole(bytes: &Bytes, packets: &[(Vec<u8>, u32)], parts: &[AudioPart]) {
    assert!(!parts.is_empty(), "a file of no parts");
    let mut together = Vec::new();
    for part in parts {
        assert!((0.0..=PART_S + NEARLY).contains(&part.duration_s), "a part of {} s", part.duration_s);
        assert_eq!(part.kind, MediaKind::Ogg);
        assert_eq!(sniff(&part.bytes), MediaKind::Ogg, "a part that is no recording");
        together.extend(self::packets(&part.bytes).expect("a part can be read"));
    }
    assert!(parts.len() > 1 || parts[0].bytes == bytes || together.len() == packets.len());
    assert_eq!(together, packets, "a packet was lost, repeated or changed");
}

/// The same file with right check sums (RFC 3533, section 6): CRC-32 of the polynomial 0x04c11db7, not reflected,
/// over each page with 0 in its place.
fn mended(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    let mut at = 0;
    while let Some(len) = page_len(&file[at..]) {
        let page = &mut file[at..at + len];
        page[22..26].fill(0);
        let sum = page.iter().fold(0_u32, |sum, byte| {
            (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
                (sum << 1) ^ (if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
            })
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        at += len;
    }
    file
}

fn page_len(bytes: &[u8]) -> Option<usize> {
    let segments = usize::from(*bytes.strip_prefix(b"OggS")?.get(22)?);
    let lacing = bytes.get(27..27 + segments)?;
    let len = 27 + segments + lacing.iter().map(|size| usize::from(*size)).sum::<usize>();
    (bytes.len() >= len).then_some(len)
}
