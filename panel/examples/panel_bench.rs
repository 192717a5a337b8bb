//! Prints what pages of the panel take, and how large they are, with 10,000 messages of 30 days in a table of SQLite, one in
//! a thousand of them from one sender: `cargo run --profile bench --package panel --example panel_bench`; with `--json` as
//! one JSON object.
#![expect(clippy::print_stdout, reason = "figures for whoever runs it")]
#![expect(clippy::expect_used, reason = "all of its input is made here")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapter_local::DataDir;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use futures::{StreamExt, stream};
use panel::Deps;
use secrecy::ExposeSecret;
use shared::{
    domain::{
        api_key::Pepper,
        customer::Customer,
        ids::{CompanyId, CustomerId},
        message::InboundMessage,
        note::{Answer, FailureReason, Note},
        user::{Role, User, UserName},
    },
    ports::{clock::Clock, table::TableStore},
    prices::Prices,
    repositories::{
        api_keys::ApiKeys,
        notes::{Claimed, Notes, Worker},
        users::Users,
    },
    testing::{
        filing::{job, spoken},
        fixed::{FixedClock, SeededIds},
        memory_receivers::MemoryReceivers,
        samples,
    },
    use_cases::sign_in::SignIn,
};
use tower::ServiceExt;

const MESSAGES: u32 = 10_000;
/// All that there were: half are older than what the dashboard counts.
const WRITTEN: u32 = MESSAGES * 2;
const SENDERS: u32 = 40;
/// Every how many messages the rare sender's come.
const RARE: u32 = 1_000;
const ROUNDS: usize = 30;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SeededIds::new(1)));
    let data = DataDir::open(folder.path(), "", clock.clone(), ids.clone()).expect("a data folder");
    fill(&data.store(), &clock).await;
    let table: Arc<dyn TableStore> = data.store();
    let pepper = Pepper::new(&"p".repeat(32).into()).expect("long enough");
    let sign_in = SignIn::new(table.clone(), &pepper, clock.clone(), ids.clone());
    let keys = ApiKeys::new(table.clone(), pepper);
    let who = (sign_in.clone(), keys);
    let sender = Arc::new(MemoryReceivers::new());
    let deps = Deps::over(&table, data.objects(), data.queue(), sender, who, (clock.clone(), ids));
    let prices = Some(Prices { audio_minute: 0.006, input_mtok: 0.25, output_mtok: 2.0 });
    let router = panel::router(Deps { prices, secure: false, ..deps });
    let cookies = signed_in(&table, &sign_in, &router, clock.now()).await;
    let mut figures = Vec::new();
    for (name, path) in [
        ("inbox", "/panel"),
        ("inbox_rare_sender", "/panel?sender=rare"),
        ("inbox_rare_words", "/panel?text=nobody+said+that"),
        ("dashboard_30_days", "/panel/dashboard"),
        ("dashboard_csv", "/panel/dashboard.csv"),
    ] {
        figures.push((name, measured(&router, &cookies, path).await));
    }
    tell(&figures);
}

/// The median of the time, in microseconds, and the bytes.
async fn measured(router: &Router, cookies: &str, path: &str) -> (u128, usize) {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let request =
            Request::get(path).header(header::COOKIE, cookies).body(Body::empty()).expect("a request");
        let begin = Instant::now();
        let response = router.clone().oneshot(request).await.expect("an answer");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        bytes = to_bytes(response.into_body(), 1 << 26).await.expect("a page").len();
        taken.push(begin.elapsed().as_micros());
    }
    taken.sort_unstable();
    (taken.get(ROUNDS / 2).copied().unwrap_or_default(), bytes)
}

fn tell(figures: &[(&str, (u128, usize))]) {
    if std::env::args().any(|argument| argument == "--json") {
        let line = |(name, (us, bytes)): &(&str, (u128, usize))| {
            format!("\"{name}\": {{\"us\": {us}, \"bytes\": {bytes}}}")
        };
        println!("{{{}}}", figures.iter().map(line).collect::<Vec<_>>().join(", "));
        return;
    }
    for (name, (us, bytes)) in figures {
        println!("{name}: {}.{} ms, {bytes} bytes", us / 1_000, us % 1_000 / 100);
    }
}

async fn signed_in(
    table: &Arc<dyn TableStore>,
    sign_in: &SignIn,
    router: &Router,
    now: jiff::Timestamp,
) -> String {
    let company = CompanyId::parse(samples::COMPANY).expect("a company");
    let name = UserName::parse("vera").expect("a name");
    let user = User::new(name, "Vera".to_owned().into(), company, Role::Viewer, now);
    Users::new(table.clone()).create(&user).await.expect("a user");
    let link = sign_in.link(&user, jiff::SignedDuration::from_mins(10));
    let path = format!("/panel/enter?link={}", link.expose_secret());
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let entered = router.clone().oneshot(request).await.expect("an answer");
    let set = entered.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.filter_map(|value| value.split(';').next()).collect::<Vec<_>>().join("; ")
}

/// Spread over twice thirty days; one in fifty was given up.
async fn fill(table: &Arc<impl TableStore + 'static>, clock: &FixedClock) {
    let notes = Notes::new(table.clone());
    let minute = jiff::SignedDuration::from_secs(30 * 24 * 60 * 60 / i64::from(MESSAGES));
    let begin = clock.now() - minute * i32::try_from(WRITTEN).expect("a number");
    let writes = (0..WRITTEN).map(|n| {
        let notes = notes.clone();
        let received_at = begin + minute * i32::try_from(n).expect("a number");
        let message = InboundMessage {
            received_at,
            ..samples::message(n, "Please fix the tap at Mrs Miller's, it drips since Monday.")
        };
        async move { write(&notes, n, message).await }
    });
    stream::iter(writes).for_each_concurrent(64, |write| write).await;
}

async fn write(notes: &Notes, n: u32, message: InboundMessage) {
    let received_at = message.received_at;
    let called = if n % RARE == 7 { "Rare".to_owned() } else { format!("Sender {}", n % SENDERS) };
    let id = CustomerId::parse(&called.replace(' ', "-")).expect("a customer id");
    let sender = Customer { customer_id: id, name: Some(called.into()), ..samples::customer() };
    let worker = Worker { holder: "bench".to_owned(), lease: Duration::from_secs(60), alone: true };
    let claimed = notes.claim(Note::received(message, sender), &worker, received_at).await;
    let Ok(Claimed::Yours(mut stored)) = claimed else { return };
    if n % 50 == 9 {
        stored.note.failed(FailureReason::ModelUnavailable, received_at).expect("it was just received");
        stored.note.answer = Answer::Sent { id: stored.note.message().id.clone() };
        stored.note.lease = None;
    } else {
        let seconds = Duration::from_secs(4 + u64::from(n % 10));
        spoken(&mut stored.note, &[job("tap", "Fix the tap at Mrs Miller's")], seconds);
    }
    notes.save(&mut stored).await.expect("it is stored");
}
