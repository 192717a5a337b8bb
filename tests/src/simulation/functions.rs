//! Lambda: environments that live for some batches and die at any moment, and the pollers between the queue and them
//! (Lambda developer guide, "Using Lambda with Amazon SQS").

use std::{sync::Arc, time::Duration};

use adapter_lambda::{Deliveries, handle_batch, handle_last_chances};
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::{
    budgets::Budgets,
    jobs::Job,
    ports::{clock::Clock, table::TableStore},
    repositories::{
        budgets::UsedBudgets,
        contacts::Contacts,
        conversations::Conversations,
        deliveries::DeliveryStates,
        filed::Filed,
        glossaries::Glossaries,
        notes::{Notes, Worker},
        sent::Sent,
    },
    testing::{recorded_metrics::RecordedMetrics, scripted_responder::ScriptedResponder},
};
use tokio::sync::Semaphore;
use voice_parser::{Deps, VoiceParser, WorkerSettings, calls::OnThePhone, prompts::Prompts};

use super::{
    chance::Chance,
    ports::Through,
    queue::{MOST_RECEIVES, Received},
    story::{RunClock, Story},
    weather::Weather,
    world::World,
};

/// `Timeout` of the template.
const TIMEOUT: Duration = Duration::from_secs(120);
/// `LEASE` in voice-parser/src/on_aws.rs.
const LEASE: Duration = Duration::from_secs(150);
/// How many pollers ask for ordinary messages on a bad day, beside the one that asks for last chances.
pub(super) const POLLERS: usize = 3;
/// How soon a poller asks again whose batch Lambda had no room for.
const NO_ROOM: Duration = Duration::from_millis(100);
/// Clocks of machines differ by up to this.
const CLOCKS_DIFFER_MS: u32 = 4_000;

/// The function with its event source.
pub(super) struct Functions {
    pub(super) world: Arc<World>,
    pub(super) weather: Weather,
    pub(super) clock: RunClock,
    pub(super) chance: Chance,
    pub(super) story: Story,
    /// How many pollers ask for ordinary messages.
    pub(super) pollers: usize,
    /// How many environments Lambda has room for at the same time. What is polled beyond that is lost until it becomes
    /// visible again (Lambda developer guide, "Using Lambda with Amazon SQS").
    pub(super) room: Semaphore,
}

impl Functions {
    /// Takes batches from the queue until it is told that nothing comes any more.
    pub(super) async fn poll(self: Arc<Self>) {
        let pollers = (0..=self.pollers).map(|n| {
            let own = Arc::clone(&self);
            tokio::spawn(async move { own.one_poller(n).await })
        });
        futures::future::join_all(pollers.collect::<Vec<_>>()).await;
    }

    async fn one_poller(&self, n: usize) {
        let mut environment = None;
        for run in 0_u32.. {
            let is_last_chance = n == self.pollers;
            let batch = self.less_what_is_lost(self.receives(is_last_chance)).await;
            if batch.is_empty() {
                tokio::time::sleep(Duration::from_secs(1) + self.chance.up_to(Duration::from_secs(1))).await;
                continue;
            }
            let Ok(_room) = self.room.try_acquire() else {
                self.story.tell(format!("Lambda has no room for a batch of {}", batch.len()));
                tokio::time::sleep(NO_ROOM).await;
                continue;
            };
            let (worker, weather) =
                environment.get_or_insert_with(|| self.environment(&format!("worker-{n}.{run}")));
            let done = self.invoke(worker, weather, &batch, is_last_chance).await;
            if !done {
                environment = None;
            }
        }
    }

    fn receives(&self, is_last_chance: bool) -> Vec<Received> {
        let queue = &self.world.queue;
        if self.weather.throttles() {
            Vec::new()
        } else if is_last_chance {
            queue.receive_last_chance()
        } else {
            queue.receive()
        }
    }

    /// Now and then the queue loses a message of a note that is begun, before or while it is worked on. Only the sweep
    /// can mend that.
    async fn less_what_is_lost(&self, batch: Vec<Received>) -> Vec<Received> {
        let mut delivered = Vec::new();
        for message in batch {
            let is_lost = self.is_begun(&message).await && self.weather.loses_message();
            if is_lost {
                self.story.tell(format!("the queue loses {}", message.id));
                self.world.queue.delete(&message.id);
            }
            if !is_lost || self.chance.permille(500) {
                delivered.push(message);
            }
        }
        delivered
    }

    async fn is_begun(&self, message: &Received) -> bool {
        let Ok(Job::NoteReceived(job)) = Job::from_body(&message.body) else { return false };
        let note = Notes::new(self.world.table.clone()).find(&job.message.id).await.ok().flatten();
        note.is_some_and(|note| !note.is_finished())
    }

    /// One invocation. Answers whether the environment still lives.
    async fn invoke(
        &self,
        worker: &Arc<VoiceParser>,
        weather: &Weather,
        batch: &[Received],
        is_last_chance: bool,
    ) -> bool {
        let event = serde_json::from_value(event(batch)).expect("an event");
        let redelivery = Through::new(weather, self.world.queue.clone());
        let deliveries = Deliveries { most: MOST_RECEIVES, longest_run: TIMEOUT };
        let worker = worker.clone();
        let work = tokio::spawn(async move {
            if is_last_chance {
                handle_last_chances(event, worker, redelivery, MOST_RECEIVES).await
            } else {
                handle_batch(event, worker, redelivery, deliveries).await
            }
        });
        tokio::select! {
            biased;
            () = weather.death() => false,
            response = work => {
                let response = serde_json::to_value(response.expect("the runner does not panic")).expect("JSON");
                for message in batch.iter().filter(|message| !is_listed(&response, &message.id)) {
                    self.world.queue.delete(&message.id);
                }
                true
            }
            () = tokio::time::sleep(TIMEOUT) => {
                weather.kill("its time is up");
                false
            }
        }
    }

    /// A fresh environment: a process of its own with a clock of its own.
    fn environment(&self, name: &str) -> (Arc<VoiceParser>, Weather) {
        let weather = self.weather.over(name);
        let ahead = i64::from(self.chance.below(CLOCKS_DIFFER_MS)) - i64::from(CLOCKS_DIFFER_MS / 2);
        self.story.tell(format!("{name} starts, its clock {ahead} ms ahead"));
        let mut clock = self.clock.ahead_by(ahead);
        if let Some((after, by)) = weather.jump() {
            self.story.tell(format!("{name}: in {after} ms its clock jumps by {by} ms"));
            clock = clock.jumping(self.clock.elapsed_ms() + after, by);
        }
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let world = &self.world;
        let table = Through::new(&weather, world.table.clone());
        let objects = Through::new(&weather, world.objects.clone());
        let models = Through::new(&weather, world.models.clone());
        let deps = Deps {
            notes: Notes::new(table.clone()),
            sent: Sent::new(table.clone()),
            conversations: Conversations::new(table.clone()),
            deliveries: DeliveryStates::new(table.clone()),
            contacts: Contacts::new(table.clone()),
            budgets: UsedBudgets::new(table.clone(), Budgets::NONE),
            glossaries: Glossaries::new(table.clone()),
            phone: OnThePhone::over(
                &(table.clone() as Arc<dyn TableStore>),
                // Nobody calls on a bad day yet.
                Arc::new(ScriptedResponder::saying("Nothing.")),
                None,
            ),
            filed: Filed::new(table),
            objects: objects.clone(),
            writes: objects.clone(),
            replaces: objects.clone(),
            removes: objects.clone(),
            directory: Through::new(&weather, world.directory.clone()),
            media: Through::new(&weather, world.media.clone()),
            transcriber: models.clone(),
            analyst: models,
            messenger: Through::new(&weather, world.messenger.clone()),
            metrics: Arc::new(RecordedMetrics::new()),
            prompts: Prompts::new(objects, clock.clone()),
            clock,
            settings: WorkerSettings {
                ai: true,
                max_part_s: 1_200.0,
                prices: None,
                budgets: Budgets::NONE,
                notice_after: Duration::from_secs(20),
                unread_within: SignedDuration::from_hours(24 * 7),
                worker: Worker { holder: name.to_owned(), lease: LEASE, alone: false },
            },
        };
        (Arc::new(VoiceParser::new(deps)), weather)
    }
}

/// The event as Lambda writes it.
fn event(batch: &[Received]) -> Value {
    let records = batch.iter().map(|message| {
        let attributes = message.spent.numbers().map(|(name, number)| {
            (name.to_owned(), json!({ "stringValue": number.to_string(), "dataType": "Number", "stringListValues": [], "binaryListValues": [] }))
        });
        json!({
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": { "ApproximateReceiveCount": message.receives.to_string() },
            "messageAttributes": serde_json::Map::from_iter(attributes),
            "eventSource": "aws:sqs",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn is_listed(response: &Value, id: &str) -> bool {
    let failures = response.get("batchItemFailures").and_then(Value::as_array);
    failures
        .is_some_and(|all| all.iter().any(|each| each.get("itemIdentifier").is_some_and(|known| known == id)))
}
