//! Documents that are right, and what is told of those that are not.

use super::*;

fn first_fault(verbs: &str) -> String {
    twiml_faults(&format!("<Response>{verbs}</Response>")).into_iter().next().unwrap_or_default()
}

#[test]
fn documents_that_are_right_have_no_faults() {
    let right = [
        "",
        "<Say>Hello.</Say><Hangup/>",
        "<Say voice=\"Polly.Vicki-Neural\" language=\"de-DE\" loop=\"2\">Grüß <break time=\"1s\"/> Gott</Say>",
        "<Say voice=\"Google.pl-PL-Wavenet-A\" language=\"pl-PL\">Dzień dobry</Say>",
        "<Say voice=\"Polly.Ewa\">Dzień dobry</Say>",
        "<Gather input=\"speech dtmf\" action=\"/a?b=1&amp;c=2\" method=\"POST\" language=\"en-US\" timeout=\"5\" \
         speechTimeout=\"auto\" numDigits=\"1\" finishOnKey=\"\" hints=\"next, skip\" bargeIn=\"true\" \
         actionOnEmptyResult=\"true\"><Say>Next?</Say><Pause length=\"1\"/><Play>https://a.example/b.mp3</Play></Gather>",
        "<Record action=\"/r\" maxLength=\"120\" timeout=\"3\" finishOnKey=\"#\" playBeep=\"true\" trim=\"do-not-trim\" \
         recordingStatusCallback=\"/s\" recordingStatusCallbackEvent=\"completed absent\"/>",
        "<Redirect method=\"POST\">/wait?call=1&amp;turn=2</Redirect>",
        "<Reject reason=\"busy\"/>",
        "<Play digits=\"wwww1\"/>",
    ];
    for verbs in right {
        assert_eq!(first_fault(verbs), "", "{verbs}");
    }
}

#[test]
fn what_twilio_would_warn_of_is_told_with_its_code() {
    let faults = [
        ("<Say voice=\"Polly.Ola\">x</Say>", "13512"),
        ("<Say voice=\"robot\">x</Say>", "13512"),
        ("<Say voice=\"Polly.Vicki\" language=\"pl-PL\">x</Say>", "13512"),
        ("<Say voice=\"Google.de-DE\">x</Say>", "13512"),
        ("<Say language=\"de\">x</Say>", "13511"),
        ("<Say loop=\"-1\">x</Say>", "13510"),
        ("<Say> </Say>", "13520"),
        ("<Say>a<break/></Say>", "12200"),
        ("<Say voice=\"Polly.Amy\">a<blink/></Say>", "12200"),
        ("<Say speed=\"2\">a</Say>", "12200"),
        ("<Pause length=\"0\"/>", "13910"),
        ("<Pause>x</Pause>", "12200"),
        ("<Gather timeout=\"soon\"/>", "13313"),
        ("<Gather numDigits=\"0\"/>", "13314"),
        ("<Gather finishOnKey=\"a\"/>", "13310"),
        ("<Gather language=\"en\"/>", "13331"),
        ("<Gather input=\"speech speech\"/>", "12200"),
        ("<Gather speechModel=\"best\"/>", "13334"),
        ("<Gather speechModel=\"phone_call\" speechTimeout=\"auto\"/>", "13335"),
        ("<Gather speechTimeout=\"never\"/>", "13327"),
        ("<Gather><Record/></Gather>", "12200"),
        ("<Gather><Gather/></Gather>", "12200"),
        ("<Gather action=\"/a?c=1&amp;b=2\"/>", "12200"),
        ("<Gather action=\"mailto:a@b.example\"/>", "12200"),
        ("<Record maxLength=\"1\"/>", "13612"),
        ("<Record timeout=\"0\"/>", "13611"),
        ("<Record finishOnKey=\"x\"/>", "13613"),
        ("<Redirect>/a b</Redirect>", "12200"),
        ("<Play/>", "12200"),
        ("<Hangup reason=\"x\"/>", "12200"),
        ("<Dial>+1</Dial>", "not simulated"),
        ("<hangup/>", "12200"),
        ("words", "12200"),
    ];
    for (verbs, code) in faults {
        assert!(first_fault(verbs).starts_with(code), "{verbs}: {}", first_fault(verbs));
    }
}

#[test]
fn each_voice_has_its_longest_text() {
    let say = |voice: &str, length: usize| {
        first_fault(&format!("<Say voice=\"{voice}\">{}</Say>", "a".repeat(length)))
    };
    for (voice, longest) in [("man", 4_096), ("Polly.Amy", 3_000)] {
        assert_eq!(say(voice, longest), "");
        assert!(say(voice, longest + 1).starts_with("13521"), "{voice}");
    }
    // Google speaks more, but the text must also pass URL-encoded.
    assert_eq!(say("Google.en-US-Standard-A", 4_500), "");
    assert!(say("Google.en-US-Standard-A", 4_501).starts_with("13521"));
    assert!(first_fault(&format!("<Say>{}</Say>", "ä".repeat(800))).starts_with("13521"));
}

#[test]
fn documents_that_are_none_are_told() {
    assert!(twiml_faults("<Response>").first().unwrap().starts_with("12100"));
    assert!(twiml_faults("<Answer/>").first().unwrap().starts_with("12102"));
    let large = format!("<Response>{}</Response>", "<Pause/>".repeat(9_000));
    assert!(twiml_faults(&large).first().unwrap().starts_with("11750"));
}
