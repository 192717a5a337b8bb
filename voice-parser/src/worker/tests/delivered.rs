//! What became of an answer after it was sent.

use shared::{domain::delivery::DeliveryStatus, jobs::MessageStatusV1, testing::log::ThreadLog};

use super::*;

fn told(status: DeliveryStatus, about: Option<MessageId>) -> MessageStatusV1 {
    let error_code = status.is_failure().then_some(63_016);
    MessageStatusV1 { id: message_id(0xf00d_0001), status, error_code, about, at: samples::now() }
}

async fn hear(outside: &Outside, told: MessageStatusV1) -> Result<(), JobError> {
    outside.worker().handle(&Job::MessageStatus(Box::new(told)), FIRST).await
}

fn undelivered(outside: &Outside) -> Vec<Measurement> {
    let is_it = |measured: &Measurement| matches!(measured, Measurement::AnswerUndelivered { .. });
    outside.metrics.all().into_iter().filter(is_it).collect()
}

#[tokio::test]
async fn b19_reports_in_a_wrong_order_end_right_and_count_the_answer_for_its_note() {
    let outside = Outside::new();
    let sent = message_id(0xf00d_0001);
    for status in
        [DeliveryStatus::Read, DeliveryStatus::Delivered, DeliveryStatus::Read, DeliveryStatus::Sent]
    {
        hear(&outside, told(status, Some(message_id(1)))).await.unwrap();
    }
    let known = outside.deps.deliveries.of(&sent).await.unwrap().unwrap();
    assert_eq!(known.status, DeliveryStatus::Read);
    assert_eq!(outside.deps.sent.of_note(&message_id(1)).await.unwrap(), [sent]);
    assert!(undelivered(&outside).is_empty());
}

#[tokio::test]
async fn b19_an_answer_that_will_not_arrive_is_told_once_with_its_code() {
    let log = ThreadLog::begin();
    let outside = Outside::new();
    outside.handle(message(1, WORDS)).await.unwrap();
    log.clear();
    // Without the note in the URL it is known by what was counted when it was sent.
    for status in [
        DeliveryStatus::Sent,
        DeliveryStatus::Undelivered,
        DeliveryStatus::Undelivered,
        DeliveryStatus::Failed,
        DeliveryStatus::Sent,
    ] {
        hear(&outside, told(status, None)).await.unwrap();
    }
    assert_eq!(undelivered(&outside), [Measurement::AnswerUndelivered { code: Some(63_016) }]);
    let text = log.text();
    assert_eq!(text.matches("answer_undelivered").count(), 1);
    assert!(text.contains("63016") && text.contains(message_id(1).as_str()), "{text}");
    assert!(!text.contains("49151") && !text.contains("1415523"), "{text}");
}

#[tokio::test]
async fn a_notice_that_does_not_arrive_is_no_lost_answer() {
    let outside = Outside::new();
    hear(&outside, told(DeliveryStatus::Failed, None)).await.unwrap();
    assert!(undelivered(&outside).is_empty());
}

#[tokio::test]
async fn a_report_waits_for_the_table_and_is_never_lost() {
    let mut outside = Outside::new();
    let away = || TableError::Unavailable("away".into());
    let table =
        Failing::<dyn TableStore, _>::on_calls([1], away, outside.table.clone() as Arc<dyn TableStore>);
    outside.deps.deliveries = DeliveryStates::new(Arc::new(table));
    let report = told(DeliveryStatus::Delivered, Some(message_id(1)));
    assert!(matches!(hear(&outside, report.clone()).await, Err(JobError::Busy { .. })));
    hear(&outside, report).await.unwrap();
    let known = outside.deps.deliveries.of(&message_id(0xf00d_0001)).await.unwrap().unwrap();
    assert_eq!(known.status, DeliveryStatus::Delivered);
}
