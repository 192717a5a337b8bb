//! Long recordings in parts.

use bytes::Bytes;
use shared::{domain::media::MediaKind, ports::transcriber::AudioPart};

use super::{audio, near, parts_of};
use crate::audio::{MAX_UPLOAD_BYTES, OpusReader, measure, sniff, split};

/// The packets of sound of an Ogg file.
fn packets(bytes: &Bytes) -> Vec<Vec<u8>> {
    let mut reader = OpusReader::open(bytes).unwrap();
    let packets = std::iter::from_fn(|| reader.next_packet()).map(|packet| packet.data).collect();
    assert!(!reader.is_incomplete());
    packets
}

fn offset_of(part: &AudioPart) -> f64 {
    let reader = OpusReader::open(&part.bytes).unwrap();
    let tags = String::from_utf8_lossy(reader.tags()).into_owned();
    let (_, offset) = tags.split_once("HARK_PART_OFFSET=").unwrap();
    offset.parse().unwrap()
}

/// Where the phrases of `long-two-topics.ogg` begin, by its own comments.
fn phrases() -> Vec<f64> {
    let reader = OpusReader::open(&audio("long-two-topics.ogg")).unwrap();
    let tags = String::from_utf8_lossy(reader.tags()).into_owned();
    tags.split("TRANSCRIPT_AT=")
        .skip(1)
        .map(|rest| rest.split('|').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn a_recording_that_fits_stays_as_it_is_and_shares_its_bytes() {
    for name in ["job-en.ogg", "job-en.mp3", "job-en.m4a", "job-en.wav"] {
        let bytes = audio(name);
        let parts = parts_of(sniff(&bytes), &bytes, 1_400.0).unwrap();
        assert_eq!(parts.len(), 1, "{name}");
        assert_eq!(parts[0].bytes.as_ptr(), bytes.as_ptr(), "{name}");
        assert_eq!(parts[0].kind, sniff(&bytes));
        let measured = measure(parts[0].kind, &bytes).unwrap().figures.duration_s;
        near(name, parts[0].duration_s, measured, 0.13);
    }
}

#[test]
fn an_ogg_note_is_cut_without_losing_a_packet() {
    let bytes = audio("long-two-topics.ogg");
    let whole = measure(MediaKind::Ogg, &bytes).unwrap().figures.duration_s;
    for cap in [20.0, 60.0, 150.0] {
        let parts = parts_of(MediaKind::Ogg, &bytes, cap).unwrap();
        assert!(parts.len() > 1);
        let joined: Vec<Vec<u8>> = parts.iter().flat_map(|part| packets(&part.bytes)).collect();
        assert_eq!(joined, packets(&bytes), "{cap}");
        let mut offset = 0.0;
        for part in &parts {
            assert_eq!(sniff(&part.bytes), MediaKind::Ogg);
            let measured = measure(MediaKind::Ogg, &part.bytes).unwrap();
            assert!(!measured.incomplete);
            near("a part's length", measured.figures.duration_s, part.duration_s, 0.001);
            assert!(part.duration_s <= cap, "{} of {cap}", part.duration_s);
            near("a part's place", offset_of(part), offset, 0.002);
            offset += part.duration_s;
        }
        near("all parts together", offset, whole, 0.005);
    }
}

#[test]
fn each_part_is_a_stream_of_its_own_with_the_comments_of_the_whole() {
    let bytes = audio("long-two-topics.ogg");
    let whole = OpusReader::open(&bytes).unwrap();
    let parts = parts_of(MediaKind::Ogg, &bytes, 60.0).unwrap();
    let mut serials = vec![whole.serial()];
    for (number, part) in parts.iter().enumerate() {
        let reader = OpusReader::open(&part.bytes).unwrap();
        let tags = String::from_utf8_lossy(reader.tags()).into_owned();
        assert_eq!(tags.matches("TRANSCRIPT_AT=").count(), 30);
        assert_eq!(reader.head().channels, whole.head().channels);
        assert_eq!(reader.head().pre_skip, if number == 0 { whole.head().pre_skip } else { 0 });
        assert!(!serials.contains(&reader.serial()));
        serials.push(reader.serial());
    }
}

#[test]
fn cuts_are_in_pauses_and_in_no_phrase() {
    let bytes = audio("long-two-topics.ogg");
    let parts = parts_of(MediaKind::Ogg, &bytes, 60.0).unwrap();
    let starts = phrases();
    for part in &parts[1..] {
        let cut = offset_of(part);
        let next = starts.iter().copied().find(|start| *start >= cut - 0.1).unwrap();
        // The pauses are 0.9 s and longer, so their middle is at least that far from the next phrase.
        assert!(next - cut >= 0.25, "cut at {cut}, the next phrase begins at {next}");
        let level = measure(MediaKind::Ogg, &part.bytes).unwrap();
        assert!(level.figures.speech_s > 1.0);
    }
}

#[test]
fn other_kinds_become_wav_of_the_same_length() {
    for name in ["job-en.mp3", "job-en.m4a", "job-en.wav"] {
        let bytes = audio(name);
        let kind = sniff(&bytes);
        let whole = measure(kind, &bytes).unwrap().figures;
        let parts = parts_of(kind, &bytes, 2.0).unwrap();
        assert!(parts.len() > 1, "{name}");
        let mut total = 0.0;
        for part in &parts {
            assert_eq!((part.kind, sniff(&part.bytes)), (MediaKind::Wav, MediaKind::Wav));
            let measured = measure(MediaKind::Wav, &part.bytes).unwrap();
            assert!(!measured.incomplete);
            near(name, measured.figures.duration_s, part.duration_s, 0.001);
            assert!(part.duration_s <= 2.0, "{name}");
            total += part.duration_s;
        }
        near(name, total, whole.duration_s, 0.001);
    }
}

/// An Ogg file made of the packets of a fixture, over and over, each blown up by padding (RFC 6716, section
/// 3.2.5) to be as large as a packet may be.
fn large_ogg(at_least: usize) -> Bytes {
    let source = audio("other-en.ogg");
    let reader = OpusReader::open(&source).unwrap();
    let mut writer = ogg::PacketWriter::new(Vec::new());
    let end_page = ogg::PacketWriteEndInfo::EndPage;
    writer.write_packet(reader.head().with_pre_skip(0), 7, end_page, 0).unwrap();
    writer.write_packet(reader.tags().to_vec(), 7, end_page, 0).unwrap();
    let mut granule = 0;
    for packet in packets(&source).iter().cycle() {
        let (toc, frame) = packet.split_first().unwrap();
        // Code 3: one frame, with padding of 254 bytes a length byte of 255.
        let padding = 100;
        let mut padded = vec![toc | 3, 0x41];
        padded.extend(std::iter::repeat_n(255, padding));
        padded.push(0);
        padded.extend_from_slice(frame);
        padded.extend(std::iter::repeat_n(0, padding * 254));
        granule += 2_880;
        let done = writer.inner().len() >= at_least;
        let end =
            if done { ogg::PacketWriteEndInfo::EndStream } else { ogg::PacketWriteEndInfo::NormalPacket };
        writer.write_packet(padded, 7, end, granule).unwrap();
        if done {
            return Bytes::from(writer.into_inner());
        }
    }
    unreachable!("the packets repeat")
}

#[test]
fn c12_what_is_too_large_to_upload_is_cut_by_size() {
    let bytes = large_ogg(MAX_UPLOAD_BYTES + 1);
    assert!(bytes.len() > MAX_UPLOAD_BYTES);
    let parts = parts_of(MediaKind::Ogg, &bytes, 1_400.0).unwrap();
    assert_eq!(parts.len(), 2);
    for part in &parts {
        assert!(part.bytes.len() < MAX_UPLOAD_BYTES, "{}", part.bytes.len());
        assert!(part.bytes.len() > MAX_UPLOAD_BYTES / 4, "{}", part.bytes.len());
    }
    let joined: usize = parts.iter().map(|part| packets(&part.bytes).len()).sum();
    assert_eq!(joined, packets(&bytes).len());
}

#[test]
fn c12_a_file_of_exactly_the_limit_is_sent_as_it_is() {
    let mut bytes = audio("job-en.wav").to_vec();
    // Players and models ignore what stands behind the last chunk.
    bytes.resize(MAX_UPLOAD_BYTES, 0);
    let parts = parts_of(MediaKind::Wav, &Bytes::from(bytes.clone()), 60.0).unwrap();
    assert_eq!((parts.len(), parts[0].bytes.len()), (1, MAX_UPLOAD_BYTES));
    bytes.push(0);
    let parts = parts_of(MediaKind::Wav, &Bytes::from(bytes), 60.0).unwrap();
    assert!(parts.iter().all(|part| part.bytes.len() < 1_000_000), "decoded, without what stood behind");
}

#[test]
fn a_cap_of_nonsense_is_a_cap_of_a_second() {
    let bytes = audio("other-en.ogg");
    for cap in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        let parts = parts_of(MediaKind::Ogg, &bytes, cap).unwrap();
        assert!(parts.iter().all(|part| part.duration_s <= 1.0), "{cap}");
    }
}

#[test]
fn nothing_more_is_cut_once_no_part_is_wanted() {
    let bytes = audio("job-en.wav");
    let mut given = 0;
    split(MediaKind::Wav, &bytes, 1.0, &mut |_| {
        given += 1;
        false
    })
    .unwrap();
    assert_eq!(given, 1);
}
