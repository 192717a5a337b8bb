//! What people send, and what the gate says of it.

use shared::domain::media::{AudioFigures, MediaKind};

use super::{audio, dbfs, fixture, near};
use crate::audio::{AudioFault, Gate, agrees, gate, measure, sniff};

fn figures(name: &str) -> AudioFigures {
    let bytes = audio(name);
    measure(sniff(&bytes), &bytes).unwrap_or_else(|fault| panic!("{name}: {fault}")).figures
}

#[test]
fn recordings_are_measured_as_other_decoders_measure_them() {
    // Name, seconds, peak and RMS in dBFS, offset.
    for (name, seconds, peak, rms, offset) in [
        ("job-en.ogg", 8.416, -6.2, -26.6, 0.0),
        ("job-de.ogg", 9.714, -6.5, -27.3, -1.0),
        ("job-pl.ogg", 10.453, -6.1, -26.9, -1.0),
        ("document-en.ogg", 11.374, -6.2, -23.7, 0.0),
        ("document-pl.ogg", 12.876, -6.0, -24.6, -1.0),
        ("other-en.ogg", 1.944, -6.6, -24.4, -1.0),
        ("job-en-noise.ogg", 8.416, -5.6, -26.1, -3.0),
        ("job-en-clipped.ogg", 8.416, 0.0, -6.1, 43.0),
        ("job-en-far.ogg", 8.416, -35.8, -56.9, 0.0),
        ("noise-only.ogg", 8.0, -8.4, -22.6, -8.0),
        ("music.ogg", 8.0, -7.8, -17.0, 1.0),
        ("job-en.mp3", 8.416, -6.2, -26.7, 12.0),
        // Our decoder does not cut off what the encoder put in front.
        ("job-en.m4a", 8.480, -5.5, -25.7, 12.0),
        ("job-en.wav", 2.458, -6.0, -25.8, 16.0),
        ("job-en-dc.wav", 2.458, -4.5, -18.9, 3_293.0),
    ] {
        let figures = figures(name);
        near(&format!("{name}, seconds"), figures.duration_s, seconds, 0.04);
        near(&format!("{name}, peak"), dbfs(figures.peak), peak, 0.6);
        near(&format!("{name}, RMS"), dbfs(figures.rms), rms, 0.3);
        near(&format!("{name}, offset"), figures.dc_offset, offset, 8.0);
    }
}

#[test]
fn clean_speech_passes_with_a_high_ratio_and_most_of_it_is_speech() {
    for name in
        ["job-en.ogg", "job-de.ogg", "job-pl.ogg", "document-en.ogg", "document-de.ogg", "document-pl.ogg"]
    {
        let figures = figures(name);
        assert_eq!(gate(&figures), Gate::Pass, "{name}");
        assert!(figures.snr_db > 20.0, "{name}: {}", figures.snr_db);
        assert!(figures.speech_s > 0.7 * figures.duration_s, "{name}: {}", figures.speech_s);
        assert_eq!(figures.clipping, 0.0, "{name}");
    }
}

#[test]
fn loud_sites_far_phones_and_clipped_recordings_pass() {
    let noisy = figures("job-en-noise.ogg");
    assert!((8.0..18.0).contains(&noisy.snr_db), "{}", noisy.snr_db);
    assert!(figures("job-en-clipped.ogg").clipping > 0.01);
    assert!(figures("job-en-far.ogg").silence > 0.3);
    for name in [
        "job-en-noise.ogg",
        "job-en-clipped.ogg",
        "job-en-far.ogg",
        "job-en-dc.ogg",
        "job-en-dc.wav",
        "other-en.ogg",
    ] {
        assert_eq!(gate(&figures(name)), Gate::Pass, "{name}");
    }
}

#[test]
fn c11_silence_noise_music_and_a_moment_are_stopped() {
    for (name, expected) in [
        ("silence.ogg", Gate::Silent),
        ("near-silence.ogg", Gate::Silent),
        ("noise-only.ogg", Gate::TooLittleSpeech),
        // Chords that only fade; music with a rhythm may pass.
        ("music.ogg", Gate::TooLittleSpeech),
        ("too-short.ogg", Gate::TooShort),
    ] {
        assert_eq!(gate(&figures(name)), expected, "{name}");
    }
}

#[test]
fn c11_half_an_hour_of_silence_costs_no_model() {
    let silence = AudioFigures { duration_s: 1_800.0, silence: 1.0, ..AudioFigures::default() };
    assert_eq!(gate(&silence), Gate::Silent);
    let empty = AudioFigures::default();
    assert_eq!(gate(&empty), Gate::TooShort);
}

#[test]
fn a_recording_cut_in_half_is_measured_up_to_the_cut() {
    let bytes = audio("cut-in-half.ogg");
    let measured = measure(MediaKind::Ogg, &bytes).unwrap();
    assert!(measured.incomplete);
    near("seconds", measured.figures.duration_s, 3.833, 0.01);
    assert_eq!(gate(&measured.figures), Gate::Pass);
    // The file of a phone that sets no end mark is whole.
    let whole = measure(MediaKind::Ogg, &audio("job-en.ogg")).unwrap();
    assert!(!whole.incomplete);
}

#[test]
fn amr_cannot_be_heard_but_its_length_is_known() {
    for (name, kind, seconds) in [
        ("job-en.amr", MediaKind::Amr, 8.42),
        ("job-en-dtx.amr", MediaKind::Amr, 8.42),
        ("voice.3gp", MediaKind::ThreeGp, 8.42),
    ] {
        let bytes = audio(name);
        assert_eq!(sniff(&bytes), kind, "{name}");
        let Err(AudioFault::NotTranscribable { kind: found, duration_s: Some(length) }) =
            measure(kind, &bytes)
        else {
            panic!("{name}");
        };
        assert_eq!(found, kind);
        near(name, length, seconds, 0.03);
    }
}

#[test]
fn files_are_known_by_their_bytes() {
    for (name, kind) in [
        ("audio/job-en.ogg", MediaKind::Ogg),
        ("audio/job-en.mp3", MediaKind::Mp3),
        ("audio/job-en.m4a", MediaKind::M4a),
        ("audio/job-en.wav", MediaKind::Wav),
        ("audio/video.mp4", MediaKind::Mp4Video),
        ("audio/video-in.ogg", MediaKind::OggVideo),
        ("media/photo.jpg", MediaKind::Jpeg),
        ("media/photo.png", MediaKind::Png),
        ("media/document.pdf", MediaKind::Pdf),
        ("media/contact.vcf", MediaKind::Vcard),
    ] {
        assert_eq!(sniff(&fixture(name)), kind, "{name}");
    }
    for (bytes, kind) in [
        (b"fLaC\0\0\0\x22".as_slice(), MediaKind::Flac),
        (b"#!AMR-WB\n\x04", MediaKind::Amr),
        (b"GIF89a\x01\0", MediaKind::Gif),
        (b"RIFF\x10\0\0\0WEBPVP8 ", MediaKind::Webp),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm...A_OPUS", MediaKind::Webm),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm...V_VP9", MediaKind::Unknown),
        ("Grüße aus dem Keller\n".as_bytes(), MediaKind::Text),
        (b"\xEF\xBB\xBFbegin:vcard\r\n", MediaKind::Vcard),
        // UTF-16 begins like MPEG Layer I.
        (b"\xFF\xFEh\0i\0", MediaKind::Unknown),
        (b"", MediaKind::Unknown),
        (b"O", MediaKind::Text),
        (b"\x80", MediaKind::Unknown),
    ] {
        assert_eq!(sniff(bytes), kind, "{bytes:?}");
    }
}

#[test]
fn c15_a_declared_type_agrees_by_family_whatever_its_spelling() {
    for (declared, kind, expected) in [
        ("audio/ogg; codecs=opus", MediaKind::Ogg, true),
        ("AUDIO/OGG", MediaKind::Ogg, true),
        (" audio/ogg ;codecs=opus", MediaKind::Ogg, true),
        ("audio/ogg", MediaKind::Text, false),
        ("audio/ogg", MediaKind::Png, false),
        ("audio/ogg", MediaKind::OggVideo, false),
        ("audio/ogg", MediaKind::Unknown, false),
        ("audio/mpeg", MediaKind::Mp3, true),
        ("audio/mp4", MediaKind::M4a, true),
        ("audio/mp4", MediaKind::Mp4Video, false),
        ("audio/amr", MediaKind::Amr, true),
        ("audio/3gpp", MediaKind::ThreeGp, true),
        ("audio/x-unheard-of", MediaKind::Wav, true),
        ("audio/x-unheard-of", MediaKind::Jpeg, false),
        ("image/jpeg", MediaKind::Png, true),
        ("image/jpeg", MediaKind::Text, false),
        ("text/html", MediaKind::Text, true),
        ("text/x-vcard", MediaKind::Vcard, true),
        ("application/pdf", MediaKind::Text, false),
        ("application/octet-stream", MediaKind::Ogg, true),
        ("", MediaKind::Ogg, true),
    ] {
        assert_eq!(agrees(declared, kind), expected, "{declared} {kind:?}");
    }
    assert!(!agrees(&"audio/".repeat(200), MediaKind::Jpeg));
}
