//! Calls on a deployed stack, placed with the stand-in for Twilio: from what a colleague wrote to what he is answered, through
//! call-handler, the queue of calls and voice-parser; and what call-handler's role could not tell anybody.

use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use system_tests::client;

use crate::{
    data_api::may,
    site::{PATIENCE, Site, a_word, tell},
    traces::until,
};

/// Two of a company that no other story speaks with, so that it is known what is unread.
const EMIL: &str = "+4915155500005";
const FRIDA: &str = "whatsapp:+4915155500006";
const ROOFING: &str = "demo-roofing";
/// Emil's.
const PIN: &str = "5550005";
const STRANGER: &str = "+4917139200001";

/// A call, and what its last step brought.
struct Call<'a> {
    site: &'a Site,
    step: Value,
}

impl<'a> Call<'a> {
    /// Somebody calls, whose number the provider vouches for or not. It goes on until the caller has to speak.
    async fn from(site: &'a Site, who: &str, is_attested: bool) -> Self {
        let wanted = if is_attested { json!({ "stir_verstat": "A" }) } else { json!({}) };
        let mut call = Self { site, step: Value::Null };
        call.goes_on(&["phone", who, "call"], &wanted).await;
        call
    }

    async fn says(&mut self, words: &str) -> String {
        self.does("say", &json!({ "speech": words })).await
    }

    async fn presses(&mut self, keys: &str) -> String {
        self.does("digits", &json!({ "digits": keys })).await
    }

    async fn does(&mut self, what: &str, body: &Value) -> String {
        let sid = self.step["call_sid"].as_str().expect("an id").to_owned();
        self.goes_on(&["calls", &sid, what], body).await;
        self.heard()
    }

    async fn goes_on(&mut self, path: &[&str], body: &Value) {
        let mut url: reqwest::Url = self.site.stack.get("HARK_SIM_URL").parse().expect("an address");
        url.path_segments_mut().expect("a path").clear().push("_sim").extend(path);
        // The stand-in waits for Hark, as Twilio does.
        let answer = client().post(url).timeout(PATIENCE).json(body).send().await.expect("a step");
        self.step = answer.json().await.expect("JSON");
        let requests = self.step["requests"].as_array().expect("what was asked of Hark");
        assert!(requests.iter().all(|request| request["status"] == 200), "{}", self.step);
        assert_eq!(self.step["warnings"], json!([]), "Twilio would take all of it");
    }

    /// What Hark said since the caller's last word.
    fn heard(&self) -> String {
        let heard = self.step["heard"].as_array().expect("what was said");
        heard.iter().filter_map(|said| said["text"].as_str()).collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test]
async fn what_a_colleague_wrote_is_summed_up_read_and_answered_and_is_heard_afterwards() {
    let Some(site) = Site::with_stand_ins("a call from a colleague's words to the answer on his phone").await
    else {
        return;
    };
    let (tiles, answer) = (a_word(), a_word());
    let note = site.says(FRIDA, &format!("The ridge tiles for {tiles} lie behind the garage.")).await;
    site.filed(ROOFING, &note).await;

    let mut call = Call::from(&site, EMIL, true).await;
    let overview = call.heard();
    for expected in ["Hello Emil.", "unread message", "Frida", "Simulated: ", &tiles] {
        assert!(overview.contains(expected), "{expected} is told: {overview}");
    }
    // What an earlier run left unheard comes before it.
    let mut read = call.says("next").await;
    while !read.contains(&tiles) {
        assert!(read.contains("from Frida"), "there is another one: {read}");
        read = call.says("next").await;
    }
    let read_back = call.says(&format!("reply I come at ten to {answer}")).await;
    assert!(read_back.contains("I write to Frida") && read_back.contains(&answer), "{read_back}");
    assert_eq!(site.answers(FRIDA, &answer).await, [""; 0], "nothing goes before a yes");
    assert!(call.says("yes").await.contains("It is on its way."), "{}", call.step);
    call.says("done").await;
    assert_eq!((&call.step["status"], &call.step["ended_by"]), (&json!("completed"), &json!("hangup")));

    let received = site.answered(FRIDA, &answer).await;
    assert_eq!(received.len(), 1, "{received:?}");
    assert!(received[0].contains(&format!("Emil: I come at ten to {answer}")), "{}", received[0]);

    let again = Call::from(&site, EMIL, true).await;
    assert!(again.heard().contains("Hello Emil.") && !again.heard().contains(&tiles), "{}", again.heard());
}

#[tokio::test]
async fn whose_number_nobody_vouches_for_is_asked_for_a_pin_and_hears_nothing_before() {
    let Some(site) = Site::with_stand_ins("calls of strangers").await else { return };
    for who in [EMIL, STRANGER, "anonymous"] {
        let call = Call::from(&site, who, false).await;
        let heard = call.heard();
        assert!(heard.contains("PIN"), "{who}: {heard}");
        assert!(!heard.contains("Emil") && !heard.contains("Roofing"), "{who}: {heard}");
    }
    let mut call = Call::from(&site, STRANGER, true).await;
    assert!(call.heard().contains("PIN"), "known to the provider is not known to us: {}", call.heard());
    let wrong = call.presses("999999#").await;
    assert!(wrong.contains("PIN") && !wrong.contains("Hello"), "{wrong}");
    let right = call.presses(&format!("{PIN}#")).await;
    assert!(right.contains("Hello Emil."), "{right}");
}

#[tokio::test]
async fn calls_have_an_api_of_their_own_and_what_is_not_signed_is_refused() {
    let site = Site::open().await;
    let base = site.stack.get("VOICE_URL");
    assert_ne!(base, site.stack.get("WEBHOOK_URL"));
    let health = format!("{base}/health");
    let is_well = async || {
        let answer = client().get(&health).send().await.expect("the API answers");
        (answer.status() == StatusCode::OK).then_some(())
    };
    until(PATIENCE, &health, is_well).await;
    for route in
        ["/twilio/voice/incoming", "/twilio/voice", "/twilio/voice/followup?turn=1", "/twilio/voice/status"]
    {
        let request = client().post(format!("{base}{route}")).body("CallSid=CA1&From=%2B4915155500005");
        let answer = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::FORBIDDEN, "{route}");
    }
    let webhook = client().post(format!("{base}/webhook")).body("Body=x").send().await.expect("an answer");
    assert_eq!(webhook.status(), StatusCode::NOT_FOUND, "messages go elsewhere");
}

/// Whoever calls speaks with this function first: even a fault in it could not tell him what its role cannot read.
#[tokio::test]
async fn its_role_sees_calls_and_messages_and_no_file_key_or_user() {
    let site = Site::open().await;
    let files =
        ["customers.json", "_inbox/demo-roofing/SM0/0.ogg", "demo-roofing/other/tag_SM0_full_text.txt"];
    let mut asked: Vec<Value> =
        files.iter().map(|key| json!({"action": "s3:GetObject", "key": key})).collect();
    asked.extend(["openai", "api-keys"].map(secret));
    asked.push(json!({"action": "s3:PutObject", "key": "demo-roofing/other/tag_SM0_full_text.txt"}));
    if site.stack.is_local() {
        tell(
            "left out on the stand-in, which does not know the condition: which items call-handler may not read",
        );
    } else {
        asked.extend(["user#anna", "key#abc", "sign-in#anna"].map(item));
    }
    let denied = asked.len();
    asked.push(secret("twilio"));
    asked.extend(["call#CA0", "inbox#demo-roofing"].map(item));
    let answers = may(&site.stack, "call-handler", &json!(asked)).await;
    assert!(answers[..denied].iter().all(|answer| answer == "denied"), "{answers:?}");
    assert_eq!(answers[denied..], ["allowed"; 3]);
}

fn secret(name: &str) -> Value {
    json!({"action": "secretsmanager:GetSecretValue", "secret": name})
}

fn item(partition: &str) -> Value {
    json!({"action": "dynamodb:GetItem", "partition": partition})
}
