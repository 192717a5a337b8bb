//! Two companies with users, notes, and a panel.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use panel::Deps;
use secrecy::{ExposeSecret, SecretString};
use shared::{
    budgets::Budgets,
    domain::{
        analysis::Analysis,
        api_key::Pepper,
        customer::Customer,
        ids::{CompanyId, CustomerId, MessageId},
        language::Language,
        message::InboundMessage,
        note::{Answer as Told, Effect, FailureReason, Heard, Note, StoredMedia, Understood, Unheard},
        private::Private,
        purpose::Purpose,
        usage::Usage,
        user::{Password, Role, User, UserName},
    },
    jobs::Job,
    ports::{clock::Clock, table::TableStore},
    prices::Prices,
    repositories::{
        api_keys::ApiKeys,
        budgets::UsedBudgets,
        conversations::Conversations,
        notes::{Claimed, Notes, Worker},
        users::Users,
        webhooks::Webhooks,
    },
    testing::{
        filing::{Filing, job, spoken},
        fixed::{FixedClock, SeededIds},
        memory_objects::MemoryObjects,
        memory_queue::MemoryQueue,
        memory_receivers::MemoryReceivers,
        memory_table::MemoryTable,
        samples,
    },
    use_cases::sign_in::SignIn,
};
use tower::ServiceExt;

/// The password of every user that has one.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) files: Arc<MemoryObjects>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) users: Users,
    pub(crate) notes: Notes,
    pub(crate) sign_in: SignIn,
    pub(crate) keys: ApiKeys,
    pub(crate) conversations: Conversations,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) webhooks: Webhooks,
    pub(crate) receivers: Arc<MemoryReceivers>,
    pub(crate) budgets: UsedBudgets,
    filing: Filing,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(crate) fn goes_to(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The cookies that it sets, as a browser sends them.
    pub(crate) fn cookies(&self) -> String {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        set.map(|value| value.to_str().unwrap().split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    /// What its forms carry.
    pub(crate) fn token(&self) -> String {
        self.hidden("token")
    }

    /// What its form carries under this name.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let after = text.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a form");
        after.split('"').next().unwrap().to_owned()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let store: Arc<dyn TableStore> = table.clone();
        let files = Arc::new(MemoryObjects::new(clock.clone()));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let ids = Arc::new(SeededIds::new(5));
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
        let sign_in = SignIn::new(table.clone(), &pepper, clock.clone(), ids.clone());
        let notes = Notes::new(table.clone());
        let keys = ApiKeys::new(table.clone(), pepper);
        let conversations = Conversations::new(table.clone());
        let webhooks = Webhooks::new(table.clone(), keys.pepper());
        let receivers = Arc::new(MemoryReceivers::new());
        let budgets = UsedBudgets::new(table.clone(), Budgets::USUAL);
        let who = (sign_in.clone(), keys.clone());
        let deps =
            Deps::over(&store, files.clone(), queue.clone(), receivers.clone(), who, (clock.clone(), ids));
        let prices = Some(Prices { audio_minute: 0.006, input_mtok: 0.25, output_mtok: 2.0 });
        let router = panel::router(Deps { env: "dev".to_owned(), prices, largest_answer: 8, ..deps });
        let users = Users::new(table.clone());
        let filing = Filing::new(table.clone(), clock.clone());
        let world = Self {
            clock,
            files,
            queue,
            users,
            notes,
            sign_in,
            keys,
            conversations,
            table,
            webhooks,
            receivers,
            budgets,
            filing,
            router,
        };
        world.user("anna", samples::COMPANY, Role::Owner).await;
        world.user("ben", samples::COMPANY, Role::Staff).await;
        world.user("vera", samples::COMPANY, Role::Viewer).await;
        world.user("mallory", "other", Role::Owner).await;
        world
    }

    async fn user(&self, name: &str, company: &str, role: Role) {
        let password = Password::chosen(SecretString::from(PASSWORD)).unwrap();
        let (company, called) = (CompanyId::parse(company).unwrap(), name.to_owned().into());
        let name = UserName::parse(name).unwrap();
        let user = User {
            password: password.hash(&[1; 32]),
            ..User::new(name, called, company, role, self.clock.now())
        };
        self.users.create(&user).await.unwrap();
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Asks for a page with these headers.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, cookies: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookies)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Writes to a person, with a file if there are bytes.
    pub(crate) async fn writes(
        &self,
        to: &str,
        cookies: &str,
        token: &str,
        text: &str,
        file: &[u8],
    ) -> Answer {
        let mut body = Vec::new();
        let once = format!("once {text}");
        for (name, value) in [
            ("token", token.as_bytes()),
            ("once", once.as_bytes()),
            ("text", text.as_bytes()),
            ("file", file),
        ] {
            let of_file = if name == "file" { "; filename=\"x\"" } else { "" };
            let head = format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{of_file}\r\n\r\n");
            body.extend([head.as_bytes(), value, b"\r\n"].concat());
        }
        body.extend(b"--limit--\r\n");
        let request = Request::post(format!("/panel/people/{to}/write"))
            .header(header::COOKIE, cookies)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=limit");
        // In parts, as it comes over a wire.
        let parts: Vec<_> =
            body.chunks(64 * 1_024).map(|part| Ok::<_, std::io::Error>(part.to_vec())).collect();
        let body = Body::from_stream(futures::stream::iter(parts));
        self.send(request.body(body).unwrap()).await
    }

    /// Sends a form as a browser does that shows this kind of site.
    pub(crate) async fn post_from(&self, site: &str, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// The cookies of a user who came in by a link.
    pub(crate) async fn cookies_of(&self, name: &str) -> String {
        let stored = self.users.find(&UserName::parse(name).unwrap()).await.unwrap().unwrap();
        let link = self.sign_in.link(&stored.user, jiff::SignedDuration::from_mins(10));
        let entered = self.get(&format!("/panel/enter?link={}", link.expose_secret()), &[]).await;
        assert_eq!((entered.status, entered.goes_to()), (StatusCode::SEE_OTHER, "/panel"));
        entered.cookies()
    }

    /// A page as a user sees it.
    pub(crate) async fn sees(&self, name: &str, path: &str) -> Answer {
        let cookies = self.cookies_of(name).await;
        self.get(path, &[("cookie", &cookies)]).await
    }

    fn message(&self, n: u32, words: &str) -> InboundMessage {
        InboundMessage { received_at: self.clock.now(), ..samples::message(n, words) }
    }

    /// The n-th message is filed as a job.
    pub(crate) async fn filed(&self, n: u32, words: &str) -> String {
        self.clock.advance(Duration::from_secs(60));
        let message = self.message(n, words);
        self.filing.file(message, samples::customer(), &[job("tap", words)]).await.unwrap();
        samples::message_id(n).to_string()
    }

    /// The trial that was asked for last is done with this outcome. Answers its id, and what it was tried on.
    pub(crate) async fn tried(&self, outcome: &Understood) -> (String, MessageId) {
        let (job, _) = self.queue.sent().pop().expect("a trial");
        let Job::NoteOrdered(ordered) = job else { panic!("{job:?}") };
        let of = ordered.purpose.trial().expect("a trial").of.clone();
        let id = ordered.message.id.clone();
        let fresh = Note::received(ordered.message, ordered.sender).about(ordered.purpose, None);
        let worker =
            Worker { holder: "w".to_owned(), lease: std::time::Duration::from_secs(60), alone: true };
        let Claimed::Yours(mut stored) = self.notes.claim(fresh, &worker, self.clock.now()).await.unwrap()
        else {
            panic!("it is new")
        };
        let body = serde_json::to_string(outcome).unwrap();
        self.notes.keep_part(&id, "tried", &body).await.unwrap();
        stored.note.needs_no_hearing().unwrap();
        stored.note.tried(Usage::default()).unwrap();
        stored.note.answered().unwrap();
        stored.note.answer = Told::Withheld;
        stored.note.done().unwrap();
        self.notes.save(&mut stored).await.unwrap();
        (id.to_string(), of)
    }

    /// The n-th message changes the note of another one.
    pub(crate) async fn changed(&self, n: u32, of: u32, effect: Effect) {
        self.filing.change(n, &samples::message_id(of), effect).await.unwrap();
    }

    /// The n-th message, a recording of somebody who is called so, is filed and answered after so long.
    pub(crate) async fn answered(&self, n: u32, called: &str, after: Duration) -> String {
        let id = CustomerId::parse(&format!("P-{n}")).unwrap();
        let name = Some(called.to_owned().into());
        let sender = Customer { customer_id: id, name, ..samples::customer() };
        let then = |note: &mut Note| spoken(note, &[job("tap", "Fix the tap")], after);
        self.begun_by(sender, n, "Fix the tap", then).await
    }

    /// The n-th message was to join another one, and nothing could be heard in it.
    pub(crate) async fn unheard_addition(&self, n: u32, to: u32) -> String {
        let to = samples::message_id(to);
        let unheard = |note: &mut Note| {
            note.becomes(Purpose::Addition { to });
            note.media_stored(Vec::new()).unwrap();
            let heard = Heard {
                words: Private::default(),
                spoken: true,
                language: Language::En,
                audio: None,
                outline: None,
                unheard: vec![Unheard::Silent],
                model: None,
            };
            note.transcribed(heard, Usage::default()).unwrap();
            note.answered().unwrap();
            note.answer = Told::Withheld;
            note.done().unwrap();
        };
        self.begun(n, "", unheard).await
    }

    /// The n-th message is filed as this.
    pub(crate) async fn filed_as(&self, n: u32, words: &str, record: Analysis) -> String {
        self.clock.advance(std::time::Duration::from_secs(60));
        self.filing.file(self.message(n, words), samples::customer(), &[record]).await.unwrap();
        samples::message_id(n).to_string()
    }

    /// The n-th message is taken by a worker, who does this to it.
    pub(crate) async fn begun(&self, n: u32, words: &str, then: impl FnOnce(&mut Note)) -> String {
        self.begun_by(samples::customer(), n, words, then).await
    }

    async fn begun_by(&self, sender: Customer, n: u32, words: &str, then: impl FnOnce(&mut Note)) -> String {
        self.clock.advance(Duration::from_secs(60));
        let fresh = Note::received(self.message(n, words), sender);
        let lease = Duration::from_secs(60);
        let worker = Worker { holder: "w".to_owned(), lease, alone: true };
        let claimed = self.notes.claim(fresh, &worker, self.clock.now()).await.unwrap();
        let Claimed::Yours(mut stored) = claimed else { panic!("{claimed:?}") };
        then(&mut stored.note);
        self.notes.save(&mut stored).await.unwrap();
        samples::message_id(n).to_string()
    }

    /// The n-th message, with these files, could not be understood.
    pub(crate) async fn given_up(&self, n: u32, words: &str, media: Vec<StoredMedia>) -> String {
        let now = self.clock.now();
        let fails = move |note: &mut Note| {
            note.media_stored(media).unwrap();
            note.failed(FailureReason::ModelUnavailable, now).unwrap();
        };
        self.begun(n, words, fails).await
    }
}
