//! Scripts that are played against the real stand-ins and a small server of documents.

use std::{net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use simulators::{SimConfig, Simulators};
use tokio::net::TcpListener;

use super::{Report, ScriptOptions, run_script};

type Answers = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

struct Stage {
    simulators: Simulators,
}

impl Stage {
    /// Documents by path and form.
    async fn new(answers: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let answers: Answers = Arc::new(answers);
        let app = Router::new().fallback(answer).with_state(answers);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://{}/webhook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let simulators = Simulators::start(SimConfig {
            bind: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            cdn_port: None,
            webhook_url: base.clone(),
            public_url: base,
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "test-token".to_owned(),
            whatsapp_number: "+4930111111".to_owned(),
            sms_number: "+4930222222".to_owned(),
            voice_number: "+4930333333".to_owned(),
            telegram_token: String::new(),
            data_dir: None,
        })
        .await
        .unwrap();
        Self { simulators }
    }

    /// Answers every call with these verbs, and the callback of its end with none.
    async fn saying(verbs: &'static str) -> Self {
        Self::new(move |path, _| if path.ends_with("/status") { String::new() } else { verbs.to_owned() })
            .await
    }

    async fn run(&self, script: &str) -> Report {
        run_script(&self.simulators.base_url(), script, &ScriptOptions::default()).await
    }

    /// The line that failed, and why.
    async fn failure(&self, script: &str) -> (usize, String) {
        let report = self.run(script).await;
        assert!(!report.ok, "{script} passed");
        (report.line.unwrap_or_default(), report.why.unwrap_or_default())
    }
}

async fn answer(State(answers): State<Answers>, target: Uri, body: Bytes) -> Response {
    let document = answers(target.path(), &String::from_utf8_lossy(&body));
    if document == "refuse" {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([("content-type", "text/xml")], format!("<Response>{document}</Response>")).into_response()
}

/// Reads two messages and takes an answer to them.
fn reader(path: &str, form: &str) -> String {
    match path {
        "/twilio/voice/incoming" if form.contains("StirVerstat=TN-Validation-Passed-A") => {
            "<Say language=\"en-GB\">Hello Anna. You have\n 2 unread messages.</Say>\
             <Gather input=\"speech dtmf\" action=\"/first\" numDigits=\"1\"><Say language=\"en-GB\">Say next.</Say></Gather>"
                .to_owned()
        }
        "/twilio/voice/incoming" => "<Say>I do not know you.</Say><Hangup/>".to_owned(),
        "/first" if form.contains("SpeechResult=next") => {
            "<Say language=\"de-DE\">Ben schreibt.</Say><Record action=\"/left\" maxLength=\"30\"/>".to_owned()
        }
        "/first" => "<Say>Sorry?</Say><Redirect>/twilio/voice/incoming</Redirect>".to_owned(),
        "/left" => "<Say>Sent.</Say><Hangup/>".to_owned(),
        _ => String::new(),
    }
}

#[tokio::test]
async fn a_story_is_played_and_judged() {
    let stage = Stage::new(reader).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.wav"), [b'R'; 100]).unwrap();
    let script = "title A caller hears what is new\nfrom +15555550100\nstir A\npauses 0\nexpect \"2 UNREAD messages\" within 30\n\
                  language en\nsay \"what?\" confidence 0.3\nexpect \"sorry\"\nsay \"next\"\nlanguage de\nrefuse \"secret\"\n\
                  replay 1 expect \"say next\"\nrecord note.wav\nexpect \"sent\"\nends hangup\nquiet +15555550100 \"Ben\"\n";
    let options = ScriptOptions { root: folder.path().to_owned(), ..ScriptOptions::default() };
    let report = run_script(&stage.simulators.base_url(), script, &options).await;
    assert!(report.ok, "{}", report.shown("story"));
    assert_eq!(report.heard.first().map(String::as_str), Some("Hello Anna. You have 2 unread messages."));
    assert_eq!(report.shown("a.call"), "ok a.call (A caller hears what is new)");
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_told_with_its_line() {
    let stage = Stage::new(reader).await;
    let stranger = "stir none\npauses 0\n";
    let failing = [
        ("expect \"unread\"", 3, "was not said, but: I do not know you."),
        ("call\nrefuse \"do not know\"", 4, "was said: I do not know you."),
        ("language pl", 3, "en-US was said, not pl"),
        ("ends caller", 3, "the call ended by hangup, not by caller"),
        ("say \"hello\"", 3, "the call has ended (hangup)"),
        ("call\nreplay 1 expect \"Anna\"", 4, "does not say \"Anna\""),
        ("call\nreplay 7", 4, "no webhook of this number"),
        ("received +15555550100 \"words\" within 0", 3, "did not receive"),
        ("record nowhere.ogg", 3, "the call has ended"),
        ("sing", 3, "is no step"),
    ];
    for (step, line, why) in failing {
        let (failed, because) = stage.failure(&format!("{stranger}{step}\n")).await;
        assert!(failed == line && because.contains(why), "{step}: line {failed}: {because}");
    }
    let (line, why) = stage.failure("stir A\npauses 0\nrecord nowhere.ogg").await;
    assert!(line == 3 && why.contains("nowhere.ogg"), "{why}");
    let (line, why) = stage.failure("stir A\ncall\ncall\n").await;
    assert!(line == 3 && why.contains("still going on"), "{why}");
    let (line, why) = stage.failure("stir A\nends").await;
    assert!(line == 2 && why.contains("the call goes on"), "{why}");
    let shown = stage.run("stir none\nends caller").await.shown("a.call");
    assert_eq!(
        shown,
        "FAILED a.call line 2: the call ended by hangup, not by caller\n  heard: I do not know you."
    );
}

#[tokio::test]
async fn a_document_with_a_fault_fails_the_script_unless_it_may() {
    let stage = Stage::saying("<Say voice=\"nobody\">Hello.</Say>").await;
    let (line, why) = stage.failure("call").await;
    assert!(line == 1 && why.contains("13512"), "{why}");
    assert!(stage.run("allow-warnings\nexpect \"hello\"\nends end_of_document").await.ok);
    // Twilio's own words at an error are no end that passes.
    let stage = Stage::saying("refuse").await;
    assert!(stage.failure("allow-warnings\nends").await.1.contains("11200"));
    assert!(stage.run("allow-warnings\nends error").await.ok);
}

#[tokio::test]
async fn a_callback_that_is_refused_fails_the_script_at_its_end() {
    let stage =
        Stage::new(|path, _| if path.ends_with("/status") { "refuse" } else { "<Gather/>" }.to_owned()).await;
    // The call is hung up behind the last line, and so no line is to blame.
    let (line, why) = stage.failure("call").await;
    assert!(line == 0 && why.contains("status callback"), "{why}");
    let (line, why) = stage.failure("call\nhangup").await;
    assert!(line == 2 && why.contains("status callback"), "{why}");
}

#[tokio::test]
async fn messages_are_sent_before_and_faults_are_cleared_after() {
    let stage =
        Stage::new(|path, _| if path == "/webhook" { "<Message>thanks</Message>" } else { "" }.to_owned())
            .await;
    let script = "fault [{\"call\": \"POST /v1/*\", \"do\": \"status:503\"}]\ntext +4915155500002 Two pipes.\n\
                  received +4915155500002 \"Thanks\" within 20\ncall\nends\n";
    let report = stage.run(script).await;
    assert!(report.ok, "{}", report.shown("messages"));
    let (line, why) = stage
        .failure("quiet +4915155500002 \"thanks\"\ntext +4915155500002 x\nquiet +4915155500002 \"thanks\"")
        .await;
    assert!(line == 3 && why.contains("received: thanks"), "{why}");
    let plan = plan_of(&stage.simulators.base_url()).await;
    assert_eq!(plan, "[]");
}

async fn plan_of(base: &str) -> String {
    let egress = adapter_egress::Egress::new(adapter_egress::AddressPolicy::LoopbackAllowed).unwrap();
    egress.client().get(format!("{base}/_sim/faults")).send().await.unwrap().text().await.unwrap()
}
