//! How it goes, as the office sees it: in charts and tables, and as a table for its own programs.

use std::time::Duration;

use axum::http::{StatusCode, header};

use shared::{
    domain::{letter::Letter, note::Note, purpose::Purpose, user::UserName},
    testing::filing::{job, spoken},
};

use crate::world::World;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn figure(name: &str, value: &str) -> String {
    format!("<dt>{name}</dt><dd>{value}</dd>")
}

fn row(day: &str, cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{day}</th>{cells}</tr>")
}

/// The lines of a table after its names.
fn lines(csv: &str) -> Vec<&str> {
    csv.split_terminator("\r\n").skip(1).collect()
}

#[tokio::test]
async fn the_dashboard_counts_what_came_in_what_became_of_it_and_what_it_cost() {
    let world = World::new().await;
    world.answered(1, "Petra Sample", seconds(2)).await;
    world.answered(2, "Olga", seconds(4)).await;
    world.given_up(3, "Order pipes", vec![]).await;
    world.begun(4, "Bring the ladder", |_| {}).await;
    let page = world.sees("vera", "/panel/dashboard").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for shown in [
        figure("Messages", "4"),
        figure("Failed", "1"),
        figure("Half answered within", "2.0 s"),
        figure("95 of 100 answered within", "4.0 s"),
        figure("Half of the recordings within", "2.0 s"),
        figure("Cost", "$0.0130"),
        // By what they are about, by what became of them, how long they took, what they cost.
        row("2026-11-20", &["2", "0", "0", "2"]),
        row("2026-11-20", &["2", "0", "0", "1", "1"]),
        row("2026-11-20", &["2.0 s", "4.0 s"]),
        row("2026-11-20", &["$0.0130"]),
        row("2026-11-19", &["0", "0", "0", "0"]),
        row("2026-11-19", &["–", "–"]),
        row("A model did not answer", &["1"]),
        row("Olga", &["1", "0", "$0.0065"]),
        "aria-label=\"Messages, by what became of them, 2026-10-22 – 2026-11-20: Done 2, Nothing heard 0, Not answered 0, \
         Failed 1, In work 1\""
            .to_owned(),
        "Days begin at midnight UTC.".to_owned(),
    ] {
        assert!(text.contains(&shown), "{shown} in {text}");
    }
    assert_eq!(text.matches("role=\"img\"").count(), 4);
    assert!(!text.contains("style=\"") && !text.contains("<style"), "the policy allows none");
    assert!(text.len() < 100 * 1_024);
    let others = world.sees("mallory", "/panel/dashboard").await.text();
    assert!(others.contains(&figure("Messages", "0")) && !others.contains("Olga"));
    assert!(world.sees("vera", "/panel").await.text().contains("href=\"/panel/dashboard\""));
}

#[tokio::test]
async fn what_the_office_asked_for_is_paid_for_and_no_message_that_came_in() {
    let world = World::new().await;
    world.answered(1, "Petra", seconds(2)).await;
    let by = UserName::parse("ben").unwrap();
    let letter =
        Letter { by, origin: None, text: "I come at ten".to_owned().into(), file: None, template: false };
    let writes = |note: &mut Note| {
        spoken(note, &[job("tap", "Fix the tap")], seconds(9));
        note.becomes(Purpose::Letter(Box::new(letter)));
    };
    world.begun(2, "I come at ten", writes).await;
    let text = world.sees("vera", "/panel/dashboard").await.text();
    for shown in
        [figure("Messages", "1"), figure("95 of 100 answered within", "2.0 s"), figure("Cost", "$0.0130")]
    {
        assert!(text.contains(&shown), "{shown} in {text}");
    }
    let csv = world.sees("vera", "/panel/dashboard.csv").await.text();
    assert_eq!(lines(&csv).len(), 2);
    assert!(lines(&csv)[0].contains(",Done,,,"), "nobody waited for it: {csv}");
}

#[tokio::test]
async fn only_the_days_that_are_asked_for_are_shown_and_no_nonsense() {
    let world = World::new().await;
    world.answered(1, "Petra", seconds(2)).await;
    world.clock.advance(seconds(24 * 60 * 60));
    world.answered(2, "Olga", seconds(4)).await;
    for (query, messages, senders) in [
        ("from=2026-11-20&to=2026-11-20", "1", [true, false]),
        ("from=2026-11-21&to=2026-11-21", "1", [false, true]),
        ("from=2026-11-20&to=2026-11-21", "2", [true, true]),
        ("from=2026-11-22&to=2026-11-30", "0", [false, false]),
        ("from=2025-11-22&to=2026-11-21", "2", [true, true]),
        ("", "2", [true, true]),
    ] {
        let text = world.sees("vera", &format!("/panel/dashboard?{query}")).await.text();
        assert!(text.contains(&figure("Messages", messages)), "{query}");
        assert_eq!(["Petra", "Olga"].map(|name| text.contains(name)), senders, "{query}");
        let csv = world.sees("vera", &format!("/panel/dashboard.csv?{query}")).await.text();
        assert_eq!(["Petra", "Olga"].map(|name| csv.contains(name)), senders, "{query}");
    }
    let year = world.sees("vera", "/panel/dashboard?from=2025-11-22&to=2026-11-21").await.text();
    assert!(year.contains("Week from") && year.len() < 100 * 1_024);
    for wrong in ["from=2026-11-22&to=2026-11-21", "from=2025-01-01&to=2026-11-21", "from=x", "to=2026-02-30"]
    {
        let page = world.sees("vera", &format!("/panel/dashboard?{wrong}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{wrong}");
        let text = page.text();
        assert!(text.contains("These days cannot be shown.") && text.contains("value=\"2026-10-23\""));
        let csv = world.sees("vera", &format!("/panel/dashboard.csv?{wrong}")).await;
        assert_eq!(csv.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn one_click_leads_to_the_usual_days_and_every_language_has_its_words() {
    let world = World::new().await;
    let text = world.sees("vera", "/panel/dashboard?from=2026-11-14&to=2026-11-20").await.text();
    let here =
        "href=\"/panel/dashboard?from=2026-11-14&#38;to=2026-11-20\" aria-current=\"true\">Last 7 days</a>";
    assert!(text.contains(here), "{text}");
    assert_eq!(text.matches("aria-current=\"true\"").count(), 1);
    assert!(text.contains("href=\"/panel/dashboard?from=2026-08-23&#38;to=2026-11-20\">Last 90 days</a>"));
    assert!(text.contains("href=\"/panel/dashboard.csv?from=2026-11-14&#38;to=2026-11-20\""));
    let cookies = world.cookies_of("vera").await;
    for (language, says) in
        [("de", "Tage beginnen um Mitternacht UTC."), ("pl", "Dni zaczynają się o północy UTC.")]
    {
        let headers = [("cookie", cookies.as_str()), ("accept-language", language)];
        assert!(world.get("/panel/dashboard", &headers).await.text().contains(says), "{language}");
    }
}

#[tokio::test]
async fn the_table_has_a_line_for_each_message_that_office_programs_read() {
    let world = World::new().await;
    let first = world.answered(1, "Petra Sample", Duration::from_millis(6_700)).await;
    let second = world.given_up(2, "Order pipes", vec![]).await;
    let answer = world.sees("vera", "/panel/dashboard.csv?from=2026-11-20&to=2026-11-20").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let name = &answer.headers[header::CONTENT_DISPOSITION];
    assert_eq!(name, "attachment; filename=\"hark-2026-11-20-2026-11-20.csv\"");
    let text = answer.text();
    assert!(
        text.starts_with("\u{feff}Day,Time (UTC),Sender,What,About,State,Seconds until the answer,Reason,")
    );
    assert_eq!(
        lines(&text),
        [
            format!(
                "2026-11-20,10:02:00,Petra Sample,Note,,Failed,,A model did not answer,,0.000000,{second}"
            ),
            format!("2026-11-20,10:01:00,Petra Sample,Note,Job,Done,6.700,,Recording,0.006490,{first}"),
        ]
    );
}

#[tokio::test]
async fn what_people_call_themselves_stays_inert() {
    let world = World::new().await;
    world.answered(1, "=cmd()", seconds(1)).await;
    world.answered(2, "<script>alert(1)</script>", seconds(1)).await;
    world.answered(3, "-2+3, \"Olga\"", seconds(1)).await;
    let text = world.sees("vera", "/panel/dashboard").await.text();
    assert!(!text.contains("<script>alert") && text.contains("&#60;script&#62;alert(1)"));
    let csv = world.sees("vera", "/panel/dashboard.csv").await.text();
    let senders: Vec<&str> = lines(&csv).iter().map(|line| line.split(":00,").nth(1).unwrap()).collect();
    assert!(senders[0].starts_with("\"'-2+3, \"\"Olga\"\"\",Note,"), "{csv}");
    assert!(senders[1].starts_with("<script>alert(1)</script>,Note,"), "{csv}");
    assert!(senders[2].starts_with("'=cmd(),Note,"), "{csv}");
}

#[tokio::test]
async fn a_note_tells_when_each_step_was_done() {
    let world = World::new().await;
    let id = world.answered(1, "Petra", seconds(5)).await;
    let text = world.sees("vera", &format!("/panel/notes/{id}")).await.text();
    assert!(text.contains("Received <time datetime=\"2026-11-20T10:01:00Z\">10:01:00</time></li>"), "{text}");
    assert!(text.contains("Answered <time datetime=\"2026-11-20T10:01:05Z\">10:01:05</time></li>"));
    assert!(text.contains("<li class=\"done\">Heard</li>"), "nobody kept that time");
    let late = world.answered(2, "Olga", seconds(24 * 60 * 60)).await;
    let text = world.sees("vera", &format!("/panel/notes/{late}")).await.text();
    assert!(text.contains("<time datetime=\"2026-11-21T10:02:00Z\">2026-11-21 10:02:00</time>"));
}

#[tokio::test]
async fn a_rare_sender_is_found_among_many_messages() {
    let world = World::new().await;
    let rare = world.answered(1, "Olga", seconds(5)).await;
    for n in 2..=300 {
        world.answered(n, "Petra", seconds(5)).await;
    }
    let text = world.sees("vera", "/panel?sender=olga").await.text();
    assert_eq!(text.matches("<li id=\"n-").count(), 1);
    assert!(text.contains(&format!("id=\"n-{rare}\"")) && !text.contains("Older"));
    let text = world.sees("vera", "/panel?intent=job-to-be-done&state=done").await.text();
    assert_eq!(text.matches("<li id=\"n-").count(), 50);
}
