//! Turns of a call, tried one by one: what is said, what is listened for, and what is done besides.

use std::time::Duration;

use shared::{
    domain::{customer::Customer, identity::Channel},
    testing::samples,
};

use super::*;

const LIMITS: Limits = Limits {
    questions: 2,
    confidence: 0.35,
    outcome_within: SignedDuration::from_secs(15),
    model_within: SignedDuration::from_secs(25),
};

/// A call with what is known around it.
struct Table {
    call: Call,
    overview: Option<Overview>,
    summary: Option<Told>,
    answer: Option<Told>,
    outcome: Option<Private<String>>,
    writable: Writable,
    is_again: bool,
    now: Timestamp,
}

fn unread(n: u32, from: &str, words: &str) -> shared::domain::call::UnreadMessage {
    shared::domain::call::UnreadMessage {
        id: samples::message_id(n),
        from: from.to_owned().into(),
        channel: Channel::WhatsApp,
        at: samples::now() - SignedDuration::from_mins(20),
        words: words.to_owned().into(),
        language: Language::En,
        carries_files: false,
        is_unheard: false,
    }
}

fn told(text: &str, from: Option<usize>) -> Told {
    Told::Words { text: text.to_owned().into(), from }
}

fn said(words: &str) -> Input {
    Input { speech: Some(words.to_owned().into()), confidence: 0.9, ..Input::default() }
}

fn pressed(keys: &str) -> Input {
    Input { digits: Some(keys.to_owned().into()), confidence: 1.0, ..Input::default() }
}

impl Table {
    /// Three messages; their summary was told, and the caller's word is awaited.
    fn of_three() -> Self {
        let mut call = Call::begun(samples::message_id(9), None, Language::En, samples::now());
        call.caller = Some(Customer {
            phone: shared::domain::identity::E164::parse("+15555550100").ok(),
            ..samples::customer()
        });
        call.stage = CallStage::Command;
        let messages = vec![
            unread(1, "Ben", "Order two pipes."),
            unread(2, "Celina", "The valve is behind the door."),
            unread(3, "Ben", "Call Mrs Miller."),
        ];
        Self {
            call,
            overview: Some(Overview { messages, ..Overview::default() }),
            summary: Some(told("Ben needs pipes.", None)),
            answer: None,
            outcome: None,
            writable: Writable::Yes,
            is_again: false,
            now: samples::now(),
        }
    }

    fn does(&mut self, input: &Input) -> Step {
        let facts = Facts {
            now: self.now,
            overview: self.overview.as_ref(),
            summary: self.summary.as_ref(),
            answer: self.answer.as_ref(),
            outcome: self.outcome.as_ref(),
            writable: self.writable,
            is_again: self.is_again,
            can_text: true,
            limits: &LIMITS,
        };
        answer(&mut self.call, input, &facts)
    }

    fn says(&mut self, words: &str) -> Step {
        self.does(&said(words))
    }

    fn is_silent(&mut self) -> Step {
        self.does(&Input::default())
    }

    fn later(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }
}

impl Step {
    fn all(&self) -> String {
        self.say.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn counts_are_told_before_the_summary_is_ready_and_then_the_summary() {
    let mut table = Table::of_three();
    let summary = table.summary.take();
    greet(&mut table.call, table.now);
    let counts = table.is_silent();
    assert!(counts.all().contains("You have 3 unread messages from Ben and Celina."), "{}", counts.all());
    assert!(matches!(counts.then, Then::Wait(_)));
    let still = table.later(6).is_silent();
    assert!(!still.all().contains("3 unread") && matches!(still.then, Then::Wait(_)));
    table.summary = summary;
    let summed_up = table.later(2).is_silent();
    assert!(summed_up.all().starts_with("Ben needs pipes. Say next"), "{}", summed_up.all());
    assert!(matches!(summed_up.then, Then::Listen(_)));
}

#[test]
fn a_summary_that_does_not_come_is_not_waited_for_for_ever() {
    for (summary, expected) in [
        (None, "no summary"),
        (Some(Told::Unavailable), "no summary"),
        (Some(Told::OutOfBudget), "budget"),
        (Some(Told::Off), "make no summaries"),
    ] {
        let mut table = Table::of_three();
        table.summary = summary;
        greet(&mut table.call, table.now);
        let step = table.later(25).is_silent();
        assert!(step.all().contains(expected), "{}", step.all());
        assert!(step.all().contains("Say next") && matches!(step.then, Then::Listen(_)));
        assert!(table.says("next").all().contains("Order two pipes."));
    }
    let mut table = Table::of_three();
    table.overview = None;
    greet(&mut table.call, table.now);
    let step = table.later(25).is_silent();
    assert!(step.all().contains("cannot get your messages") && matches!(step.then, Then::Listen(_)));
    assert_eq!(table.says("new note").then, Then::Record, "a note can be left all the same");
}

#[test]
fn without_messages_it_is_said_and_notes_can_be_left() {
    let mut table = Table::of_three();
    table.overview = Some(Overview::default());
    greet(&mut table.call, table.now);
    let step = table.is_silent();
    assert!(step.all().contains("no unread messages, and there are no open jobs"), "{}", step.all());
    assert!(table.says("Who called?").all().contains("not in your messages"));
    assert_eq!(table.says("new note").then, Then::Record);
}

#[test]
fn a_message_is_heard_when_the_next_request_comes_and_not_before() {
    let mut table = Table::of_three();
    let first = table.says("next");
    assert!(
        first.all().contains("Message 1 of 3, from Ben, by WhatsApp, 20 minutes ago."),
        "{}",
        first.all()
    );
    assert!(first.effects.is_empty(), "it was said, but nobody knows whether it was heard");
    let second = table.does(&pressed("1"));
    assert!(second.all().contains("behind the door"));
    assert_eq!(second.effects, [Effect::Heard(0)]);
    let again = table.says("repeat");
    assert!(again.all().contains("behind the door"));
    assert_eq!(again.effects, [Effect::Heard(1)]);
    let third = table.says("next please");
    assert!(third.all().contains("Mrs Miller") && third.effects.is_empty());
    let bye = table.says("done");
    assert_eq!((bye.then, bye.effects.as_slice()), (Then::HangUp, [Effect::Heard(2)].as_slice()));
    assert!(!bye.all().contains("Still unheard"), "{}", bye.all());
}

#[test]
fn what_is_skipped_stays_unread_and_is_told_to_be_left() {
    let mut table = Table::of_three();
    table.says("next");
    let second = table.says("skip");
    assert!(second.all().contains("behind the door") && second.effects.is_empty());
    table.says("next");
    let end = table.says("next");
    assert!(
        end.all().contains("Those were all messages. Still unheard: one unread message."),
        "{}",
        end.all()
    );
    let bye = table.says("Okay, bye.");
    assert!(bye.all().contains("one unread message") && bye.then == Then::HangUp);
    assert_eq!(table.call.heard, [1, 2]);
}

#[test]
fn a_long_message_is_read_in_parts_and_heard_at_its_end() {
    let mut table = Table::of_three();
    let long = "This is a sentence of some length that goes on. ".repeat(60);
    table.overview.as_mut().unwrap().messages[0].words = long.into();
    let mut step = table.says("next");
    let mut parts = 1;
    while step.then == Then::Listen(BREATH) {
        assert!(step.effects.is_empty() && table.call.read_out.is_none());
        step = table.is_silent();
        parts += 1;
    }
    assert!(parts > 1 && step.all().contains("Next, repeat, skip, reply, or done?"));
    assert_eq!(table.says("next").effects, [Effect::Heard(0)]);
    // Who goes on in the middle of it has not heard it, and hears the next one.
    let mut table = Table::of_three();
    table.overview.as_mut().unwrap().messages[0].words = "One more sentence here. ".repeat(120).into();
    assert_eq!(table.says("next").then, Then::Listen(BREATH));
    let second = table.says("next");
    assert!(second.effects.is_empty() && second.all().contains("behind the door"), "{}", second.all());
}

#[test]
fn a_question_is_answered_and_a_reply_goes_to_whom_it_was_about() {
    let mut table = Table::of_three();
    let step = table.says("Where is the valve?");
    let asked: Private<String> = "Where is the valve?".to_owned().into();
    assert!(matches!(step.effects.as_slice(), [Effect::Ask(Asked::Question(_), words)] if *words == asked));
    assert!(matches!(table.is_silent().then, Then::Wait(_)));
    table.answer = Some(told("Behind the door.", Some(1)));
    assert!(table.is_silent().all().contains("Behind the door. What else?"));
    let read_back = table.says("Reply: I come at ten");
    assert!(read_back.all().contains("I write to Celina, by WhatsApp: I come at ten. Shall I send it?"));
    let sent = table.says("yes");
    assert_eq!(sent.effects, [Effect::Write { at: 1, once: 0, text: "I come at ten".to_owned().into() }]);
    assert!(table.call.heard.is_empty(), "an answer out of a message does not read it out");
}

#[test]
fn what_is_not_in_the_messages_is_said_to_be_so_and_questions_are_bounded() {
    let mut table = Table::of_three();
    for (answer, expected) in [(Told::Unknown, "not in your messages"), (Told::Unavailable, "no answer")] {
        table.answer = None;
        table.says("What is the capital of France?");
        table.answer = Some(answer);
        assert!(table.is_silent().all().contains(expected));
    }
    let third = table.says("And of Spain?");
    assert!(third.all().contains("no more questions") && third.effects.is_empty());
    assert!(table.says("next").all().contains("Order two pipes"));
}

#[test]
fn a_reply_is_sent_after_a_yes_only() {
    for (decision, is_sent) in
        [("yes", true), ("ja", true), ("Yes, send it.", true), ("no", false), ("goodbye", false)]
    {
        let mut table = Table::of_three();
        table.says("next");
        assert!(table.says("reply").all().contains("What shall I write to Ben?"));
        assert!(table.says("I come at ten.").all().contains("I come at ten."));
        let step = table.says(decision);
        assert_eq!(step.effects.len(), usize::from(is_sent), "{decision}");
        assert!(step.all().contains(if is_sent { "on its way" } else { "do not send" }), "{}", step.all());
    }
    let mut table = Table::of_three();
    table.says("next");
    table.says("reply I come at ten");
    for _ in 0..2 {
        assert!(table.says("perhaps tomorrow").all().contains("yes or no"));
    }
    assert!(table.says("perhaps tomorrow").all().contains("do not send"));
    assert!(table.does(&pressed("4")).all().contains("What shall I write"));
    assert!(table.says("never mind").all().contains("do not send"));
}

#[test]
fn nobody_is_answered_before_a_message_and_outside_of_the_window() {
    let mut table = Table::of_three();
    assert!(table.says("reply I come at ten").all().contains("First say next"));
    table.says("next");
    table.writable = Writable::TooLate;
    assert!(table.says("reply").all().contains("more than a day ago"));
}

#[test]
fn silence_twice_ends_the_call_with_what_is_left() {
    let mut table = Table::of_three();
    table.says("next");
    let once = table.is_silent();
    assert!(once.all().contains("I did not hear you") && once.effects == [Effect::Heard(0)]);
    let twice = table.is_silent();
    assert_eq!(twice.then, Then::HangUp);
    assert!(twice.all().contains("Still unheard: 2 unread messages. Goodbye."), "{}", twice.all());
    assert_eq!(table.says("next").then, Then::HangUp, "a call that is over stays over");
}

#[test]
fn what_is_unclear_is_asked_again_and_the_third_time_explained() {
    let mut table = Table::of_three();
    let unclear = Input { confidence: 0.2, ..said("done") };
    for expected in ["did not understand", "did not understand", "press one"] {
        let step = table.does(&unclear);
        assert!(step.all().contains(expected) && matches!(step.then, Then::Listen(_)), "{}", step.all());
    }
    assert!(table.does(&pressed("8")).all().contains("did not understand"));
    assert_eq!(table.says("done").then, Then::HangUp);
    let mut table = Table::of_three();
    let mut turns = 0;
    while table.does(&unclear).then != Then::HangUp {
        turns += 1;
        assert!(turns < 10, "a loudspeaker beside the phone holds no line");
    }
}

#[test]
fn a_note_by_phone_is_told_while_its_caller_waits_or_comes_as_text() {
    let recording = Recording { id: samples::message_id(5), url: "https://x".to_owned().into(), seconds: 4 };
    let recorded = Input { recording: Some(recording.clone()), ..Input::default() };
    let mut table = Table::of_three();
    let consent = table.says("new note");
    assert!(consent.all().contains("stored and written down") && consent.then == Then::Record);
    assert_eq!(table.does(&recorded).effects, [Effect::Note(recording.clone())]);
    assert!(matches!(table.is_silent().then, Then::Wait(_)));
    table.outcome = Some("*Filed as a job:* Order pipes\n• Two pipes".to_owned().into());
    let outcome = table.is_silent();
    assert!(outcome.all().contains("Filed as a job: Order pipes. Two pipes."), "{}", outcome.all());
    assert_eq!(table.says("done").effects, [Effect::OutcomeHeard(recording.id.clone())]);

    let mut table = Table::of_three();
    table.does(&pressed("5"));
    table.does(&recorded);
    let late = table.later(15).is_silent();
    assert!(late.all().contains("text message") && late.effects == [Effect::OutcomeLater(recording.id)]);
    table.says("new note");
    assert!(table.is_silent().all().contains("I heard nothing"));
}

#[test]
fn what_was_heard_comes_as_text_if_it_is_wanted() {
    let mut table = Table::of_three();
    assert!(table.says("text me").all().contains("Nothing was read yet"));
    table.says("next");
    let step = table.says("text me");
    assert_eq!(step.effects, [Effect::Heard(0), Effect::Text(vec![0])]);
}

#[test]
fn each_language_is_spoken_whole() {
    for (language, next, bye) in
        [(Language::De, "weiter", "Tschüss!"), (Language::Pl, "dalej", "do widzenia")]
    {
        let mut table = Table::of_three();
        table.call.language = language;
        let step = table.says(next);
        assert!(step.say.iter().any(|line| line.language == Language::En && line.text == "Order two pipes."));
        assert!(step.say.iter().any(|line| line.language == language));
        assert_eq!(table.says(bye).then, Then::HangUp);
    }
}

#[test]
fn a_noise_is_no_request_and_marks_nothing() {
    let mut table = Table::of_three();
    table.says("next");
    let noise = table.does(&Input { confidence: 0.1, ..said("clang") });
    assert!(noise.effects.is_empty());
    assert_eq!(table.says("next").effects, [Effect::Heard(0)]);
}

#[test]
fn a_recording_that_nobody_understood_stays_unread() {
    let mut table = Table::of_three();
    let message = &mut table.overview.as_mut().unwrap().messages[0];
    (message.words, message.is_unheard) = (Private::default(), true);
    let step = table.says("next");
    assert!(step.all().contains("could not be understood"), "{}", step.all());
    let next = table.says("next");
    assert!(next.effects.is_empty() && next.all().contains("behind the door"), "{}", next.all());
}

#[test]
fn what_was_lost_through_no_fault_of_the_caller_is_asked_again() {
    let mut table = Table::of_three();
    table.says("next");
    table.says("reply I come at ten");
    table.is_again = true;
    let again = table.is_silent();
    assert!(again.all().contains("did not get through. Please say yes or no"), "{}", again.all());
    assert_eq!(table.call.silences, 0);
    table.is_again = false;
    let sent = table.says("yes");
    let once = match sent.effects.as_slice() {
        [Effect::Write { once, .. }] => *once,
        other => panic!("{other:?}"),
    };
    assert_eq!(once, 0, "the turn in which it was read back, however often it is confirmed");
}

#[test]
fn again_means_what_was_said_last() {
    let mut table = Table::of_three();
    table.says("Where is the valve?");
    table.answer = Some(told("Behind the door.", Some(1)));
    table.is_silent();
    assert!(table.says("repeat").all().starts_with("Behind the door."));
    table.says("next");
    assert!(table.says("repeat").all().contains("Order two pipes"));
}

#[test]
fn the_message_itself_is_read_again_after_an_answer_too() {
    let mut table = Table::of_three();
    table.says("next");
    table.says("Where is the valve?");
    table.answer = Some(told("Behind the door.", Some(1)));
    table.is_silent();
    assert!(table.says("repeat the message").all().contains("Message 2 of 3, from Celina"));
    let mut table = Table::of_three();
    assert!(table.says("read it again").all().starts_with("Ben needs pipes."), "nothing else was said yet");
}

#[test]
fn who_goes_back_hears_the_one_before_and_goes_on_where_he_was() {
    let mut table = Table::of_three();
    assert!(table.says("go back").all().contains("Nothing was read yet."));
    table.says("next");
    assert!(table.says("previous").all().contains("That is the first message."));
    table.says("next");
    let back = table.does(&pressed("7"));
    assert!(back.all().contains("Order two pipes.") && back.effects == [Effect::Heard(1)], "{}", back.all());
    let on = table.says("next");
    assert!(on.all().contains("Mrs Miller") && on.effects.is_empty(), "{}", on.all());
    // What was passed by is heard after all.
    let mut table = Table::of_three();
    table.says("next");
    table.says("skip");
    table.says("back");
    assert_eq!(table.says("next").effects, [Effect::Heard(0)]);
}

#[test]
fn how_much_is_left_is_counted_and_no_model_is_asked() {
    let mut table = Table::of_three();
    let all = table.says("How many messages do I have?");
    assert!(all.all().contains("You have 3 unread messages from Ben and Celina.") && all.effects.is_empty());
    for _ in 0..2 {
        table.says("next");
    }
    let left = table.says("how many messages are left");
    assert!(left.all().contains("You have one unread message from Ben."), "{}", left.all());
    table.says("next");
    let none = table.says("any more messages?");
    assert!(none.all().contains("no unread messages, and there are no open jobs"), "{}", none.all());
    table.overview = None;
    assert!(table.says("how many messages").all().contains("cannot get your messages"));
}

#[test]
fn two_questions_of_one_turn_have_two_numbers() {
    let ask = |words: &str| {
        let mut table = Table::of_three();
        table.says(words).effects
    };
    assert_ne!(ask("Where is the valve?"), ask("Where is the key?"));
    assert_eq!(ask("Where is the valve?"), ask("Where is the valve?"));
}

#[test]
fn a_call_of_an_hour_ends() {
    let mut table = Table::of_three();
    table.says("next");
    let step = table.later(3_600).says("next");
    assert_eq!(step.then, Then::HangUp);
    assert!(step.all().contains("Still unheard") && step.effects == [Effect::Heard(0)]);
}
