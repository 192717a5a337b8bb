//! Files that are not what they say, and files that are nothing at all.

use bytes::Bytes;
use proptest::prelude::*;
use shared::domain::media::{MediaKind, MediaRole};

use super::{audio, fixture, parts_of};
use crate::audio::{AudioFault, OggFault, OpusReader, gate, is_invented, measure, sniff};

/// Everything that is done with a file of unknown origin.
fn examine(bytes: &Bytes) -> Result<(), AudioFault> {
    let kind = sniff(bytes);
    parts_of(kind, bytes, 2.0)?;
    let figures = measure(kind, bytes)?.figures;
    let _ = gate(&figures);
    let _ = is_invented("order two pipes", &figures);
    Ok(())
}

#[test]
fn c10_what_is_declared_a_recording_and_is_none_is_not_sent_to_a_model() {
    let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0".to_vec();
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0word/document.xml\xff\xfe".to_vec();
    let script_in_mp4 =
        [b"\0\0\0\x18ftypisom\0\0\0\0isomiso2".as_slice(), b"<script>alert(1)</script>"].concat();
    let picture_in_id3 =
        [b"ID3\x04\0\0\0\0\0\x08".as_slice(), b"TIT2\0\0\0\0", b"\x89PNG\r\n\x1a\n"].concat();
    for (what, bytes) in [
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("ELF", elf),
        ("ZIP", zip),
        ("PNG", fixture("media/photo.png").to_vec()),
        ("PDF", fixture("media/document.pdf").to_vec()),
        ("one byte", vec![b'O']),
        ("Ogg with video", audio("video-in.ogg").to_vec()),
        ("MP4 with a script", script_in_mp4),
        ("a picture behind a tag", picture_in_id3),
    ] {
        let bytes = Bytes::from(bytes);
        let kind = sniff(&bytes);
        assert_ne!(kind.role(), MediaRole::Audio, "{what}");
        assert_eq!(measure(kind, &bytes), Err(AudioFault::Undecodable(kind)), "{what}");
        assert!(parts_of(kind, &bytes, 60.0).is_err(), "{what}");
    }
    assert_eq!(measure(MediaKind::Ogg, &Bytes::new()), Err(AudioFault::Empty));
    assert_eq!(sniff(&[]), MediaKind::Unknown);
}

#[test]
fn c10_a_header_with_garbage_behind_it_does_not_decode() {
    let bytes = audio("header-then-garbage.ogg");
    assert_eq!(sniff(&bytes), MediaKind::Ogg);
    assert_eq!(measure(MediaKind::Ogg, &bytes), Err(AudioFault::Undecodable(MediaKind::Ogg)));
    assert!(parts_of(MediaKind::Ogg, &bytes, 60.0).is_err());
}

#[test]
fn c10_a_right_beginning_of_each_kind_does_not_help() {
    for (kind, beginning) in [
        (
            MediaKind::Ogg,
            b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01".as_slice(),
        ),
        (MediaKind::Wav, b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff"),
        (MediaKind::M4a, b"\0\0\0\x14ftypM4A \0\0\0\0M4A "),
        (MediaKind::Flac, b"fLaC\x80\xff\xff\xff"),
        (MediaKind::Mp3, b"\xff\xfb\x90\x00"),
        (MediaKind::Webm, b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm"),
    ] {
        for garbage in [&[][..], &[0; 600], &[0xFF; 600], &[0xA5; 600]] {
            let bytes = Bytes::from([beginning, garbage].concat());
            assert!(measure(kind, &bytes).is_err(), "{kind:?} and {:?}", garbage.first());
            assert!(parts_of(kind, &bytes, 1.0).is_err(), "{kind:?} and {:?}", garbage.first());
        }
    }
}

#[test]
fn a_recording_that_ends_within_its_headers_is_truncated() {
    let bytes = audio("job-en.ogg");
    for len in [30, 50, 100] {
        let cut = bytes.slice(..len);
        assert!(matches!(OpusReader::open(&cut), Err(OggFault::Truncated)), "{len}");
        assert_eq!(measure(MediaKind::Ogg, &cut), Err(AudioFault::Truncated), "{len}");
    }
    // Behind the headers, inside the first page of sound.
    let cut = bytes.slice(..1_000);
    assert!(OpusReader::open(&cut).is_ok());
    assert_eq!(measure(MediaKind::Ogg, &cut), Err(AudioFault::Truncated));
}

#[test]
fn a_damaged_page_is_left_out_and_the_rest_is_heard() {
    let mut bytes = audio("job-en.ogg").to_vec();
    let whole = measure(MediaKind::Ogg, &Bytes::from(bytes.clone())).unwrap().figures;
    bytes[8_000] ^= 0x55;
    let damaged = measure(MediaKind::Ogg, &Bytes::from(bytes)).unwrap();
    assert!(damaged.incomplete);
    let lost = whole.duration_s - damaged.figures.duration_s;
    assert!((0.5..1.5).contains(&lost), "{lost} s of a page of 0.96 s");
}

#[test]
fn a_recording_of_more_than_an_hour_is_refused_before_it_is_kept() {
    // 61 minutes and a second of silence at 8 kHz: the file is large, what is kept of it is not.
    let samples: u32 = 8_000 * 3_661;
    let mut wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data".to_vec();
    wav.extend(samples.to_le_bytes());
    wav.resize(wav.len() + samples as usize, 0x80);
    let size = u32::try_from(wav.len() - 8).unwrap();
    wav[4..8].copy_from_slice(&size.to_le_bytes());
    let bytes = Bytes::from(wav);
    assert_eq!(measure(MediaKind::Wav, &bytes), Err(AudioFault::TooLong));
    assert_eq!(parts_of(MediaKind::Wav, &bytes, 600.0).err(), Some(AudioFault::TooLong));
}

/// Changes a few bytes of a file.
fn damaged(name: &'static str) -> impl Strategy<Value = Bytes> {
    let bytes = audio(name);
    let len = bytes.len();
    let changes = proptest::collection::vec((0..len, any::<u8>()), 1..40);
    (changes, 1..=len).prop_map(move |(changes, keep)| {
        let mut bytes = bytes.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(keep);
        Bytes::from(bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), start in 0..8_usize) {
        let beginnings: [&[u8]; 8] =
            [b"", b"OggS\0\x02", b"ID3\x04\0\0", b"\xff\xfb", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x08ftypM4A ", b"#!AMR\n", b"fLaC"];
        let _ = examine(&Bytes::from([beginnings[start], &bytes].concat()));
    }

    #[test]
    fn no_damaged_ogg_makes_it_panic(bytes in damaged("other-en.ogg")) {
        let _ = examine(&bytes);
    }

    #[test]
    fn no_damaged_mp3_makes_it_panic(bytes in damaged("job-en.mp3")) {
        let _ = examine(&bytes);
    }

    #[test]
    fn no_damaged_m4a_makes_it_panic(bytes in damaged("job-en.m4a")) {
        let _ = examine(&bytes);
    }

    #[test]
    fn no_damaged_amr_or_3gp_makes_it_panic(amr in damaged("job-en-dtx.amr"), three_gp in damaged("voice.3gp")) {
        let _ = examine(&amr);
        let _ = examine(&three_gp);
    }

    #[test]
    fn no_transcript_makes_it_panic(text in "\\PC{0,80}", seconds in 0.0..100.0_f64) {
        let figures = shared::domain::media::AudioFigures { speech_s: seconds, ..Default::default() };
        let _ = is_invented(&text, &figures);
    }
}
