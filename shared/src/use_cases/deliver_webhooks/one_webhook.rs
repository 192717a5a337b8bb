//! A run's work for one webhook.

use std::collections::HashSet;

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::{
    DeliverWebhooks, Delivered, Fault,
    attempt::{Attempted, End},
};
use crate::{
    domain::{
        ids::{CompanyId, MessageId},
        webhook::{Webhook, WebhookId, held_for},
    },
    ports::{metrics::Measurement, webhook_sender::ANSWER_WITHIN},
    repositories::webhooks::{Addressee, Held, Hold, MOST_PENDING, Pending, Progress, TOGETHER},
};

/// For how long a run has a webhook for itself. Longer than any run.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How many messages are under way to one receiver.
const AT_ONCE: usize = 8;
/// After so many messages in a row that were not accepted, a receiver is left in peace.
const MOST_IN_A_ROW: u32 = 5;
/// A receiver that accepted nothing for so long and then does is back: what failed meanwhile is due.
const BACK_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// How many entries of the feed are read at once.
const READ_TOGETHER: usize = 20 * TOGETHER;
/// How many entries a run gives up without another try, since their receiver seems to be down.
const MOST_BURIED: usize = 100;

/// See the module.
pub(super) struct OneWebhook<'a> {
    pub(super) all: &'a DeliverWebhooks,
    pub(super) company: &'a CompanyId,
    pub(super) to: &'a Addressee,
    pub(super) holder: &'a str,
}

/// What this run has learnt of the receiver.
#[derive(Default)]
struct Lately {
    accepted: bool,
    refused: bool,
    in_a_row: u32,
    /// Until when the receiver asked to be left in peace.
    asked_until: Option<Timestamp>,
    gone: bool,
    fault: Option<Fault>,
}

impl Lately {
    const fn seems_down(&self) -> bool {
        self.in_a_row >= MOST_IN_A_ROW
    }

    const fn is_over(&self) -> bool {
        self.seems_down() || self.gone || self.asked_until.is_some() || self.fault.is_some()
    }
}

impl OneWebhook<'_> {
    pub(super) async fn deliver(&self, deadline: Timestamp, delivered: &mut Delivered) -> Result<(), Fault> {
        let (webhooks, id) = (&self.all.webhooks, self.id());
        let now = self.now();
        let Some((progress, version)) = webhooks.progress(self.company, id).await? else { return Ok(()) };
        let is_held = progress.held_until(now, self.webhook().updated_at).is_some();
        if is_held || progress.is_leased(now, self.holder) {
            return Ok(());
        }
        let mut pending = webhooks.pending(self.company, id).await?;
        if !self.has_work(&pending, &progress).await? {
            delivered.waiting = count(pending.len());
            return Ok(());
        }
        let (until, was_left) = (later(now, LEASE), progress.lease.is_some());
        let held = webhooks.hold(self.company, id, (progress, version), self.holder, until).await?;
        let Some(mut held) = held else { return Ok(()) };
        if was_left {
            // What a run that broke off was just writing is all there, now that this one has the webhook.
            pending = webhooks.pending(self.company, id).await?;
        }
        // No message is begun whose answer might come after the end.
        let begin_until = earlier(deadline.min(until), ANSWER_WITHIN.try_into().unwrap_or(LEASE));
        let mut lately = Lately::default();
        let done = self.send_all(&mut held, pending, &mut lately, begin_until, delivered).await;
        self.learn(&mut held.progress, &lately);
        let let_go = webhooks.let_go(self.company, id, held).await;
        done?;
        if let Some(fault) = lately.fault {
            return Err(fault);
        }
        Ok(let_go?)
    }

    /// Whether anything is due, or new. Nothing is written for a webhook that is up to date.
    async fn has_work(&self, pending: &[Pending], progress: &Progress) -> Result<bool, Fault> {
        if !self.due(pending, progress).is_empty() {
            return Ok(true);
        }
        if pending.len() >= MOST_PENDING {
            return Ok(false);
        }
        Ok(!self.all.follow.feed.after_of(self.company, progress.position, 1).await?.is_empty())
    }

    async fn send_all(
        &self,
        held: &mut Held,
        mut pending: Vec<Pending>,
        lately: &mut Lately,
        begin_until: Timestamp,
        delivered: &mut Delivered,
    ) -> Result<(), Fault> {
        loop {
            self.take_in(held, &mut pending, begin_until).await?;
            let due = self.due(&pending, &held.progress);
            if due.is_empty() || self.now() >= begin_until {
                break;
            }
            let before = pending.len();
            self.send(due, &mut pending, lately, begin_until, delivered).await;
            self.learn_acceptance(&mut held.progress, lately);
            // Each pass sends at most one entry of each note: the next ones are due now.
            if pending.len() == before || lately.is_over() {
                break;
            }
        }
        if lately.seems_down() && lately.fault.is_none() {
            self.give_up_old(&mut pending, delivered).await?;
        }
        delivered.waiting = count(pending.len());
        Ok(())
    }

    /// What is new of the feed waits from now on.
    async fn take_in(
        &self,
        held: &mut Held,
        pending: &mut Vec<Pending>,
        begin_until: Timestamp,
    ) -> Result<(), Fault> {
        let (webhooks, feed) = (&self.all.webhooks, &self.all.follow.feed);
        while pending.len() < MOST_PENDING && self.now() < begin_until {
            let room = MOST_PENDING - pending.len();
            let entries =
                feed.after_of(self.company, held.progress.position, room.min(READ_TOGETHER)).await?;
            if entries.is_empty() {
                return Ok(());
            }
            for some in entries.chunks(TOGETHER) {
                let taken =
                    webhooks.take_in(self.company, self.id(), held, some, &self.webhook().kinds).await?;
                pending.extend(taken);
            }
        }
        Ok(())
    }

    /// Of each note its first entry, if that is due.
    fn due(&self, pending: &[Pending], progress: &Progress) -> Vec<Pending> {
        let now = self.now();
        let updated_at = self.webhook().updated_at;
        let fresh_since = progress.recovered_at.map_or(updated_at, |back| back.max(updated_at));
        let mut seen: HashSet<&MessageId> = HashSet::new();
        let first = pending.iter().filter(|one| seen.insert(&one.entry.note));
        first.filter(|one| one.is_due(now, fresh_since)).cloned().collect()
    }

    /// Sends these, several at once, until all are tried or the receiver seems to be down.
    async fn send(
        &self,
        due: Vec<Pending>,
        pending: &mut Vec<Pending>,
        lately: &mut Lately,
        begin_until: Timestamp,
        delivered: &mut Delivered,
    ) {
        let mut next = due.into_iter();
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < AT_ONCE && !lately.is_over() && self.now() < begin_until {
                let Some(one) = next.next() else { break };
                under_way.push(self.attempt(one, begin_until));
            }
            let Some(attempted) = under_way.next().await else { return };
            match attempted {
                Ok(attempted) => self.note(attempted, pending, lately, delivered),
                // Those that are under way end first.
                Err(fault) => lately.fault = lately.fault.take().or(Some(fault)),
            }
        }
    }

    fn note(
        &self,
        attempted: Attempted,
        pending: &mut Vec<Pending>,
        lately: &mut Lately,
        delivered: &mut Delivered,
    ) {
        let Attempted { one, accepted, end } = attempted;
        delivered.accepted = delivered.accepted.saturating_add(accepted);
        (0..accepted).for_each(|_| self.all.metrics.record(&Measurement::WebhookMessageAccepted));
        if accepted > 0 {
            (lately.accepted, lately.in_a_row) = (true, 0);
        }
        let number = one.entry.number;
        match end {
            End::Done => pending.retain(|other| other.entry.number != number),
            End::NotNow => keep(pending, one),
            End::Refused { why, is_dead, asked_until, gone } => {
                info!(webhook.id = %self.id(), number, ?why, "A message of a webhook was not accepted");
                self.all.metrics.record(&Measurement::WebhookMessageRefused);
                delivered.refused = delivered.refused.saturating_add(1);
                (lately.refused, lately.in_a_row) = (true, lately.in_a_row.saturating_add(1));
                lately.asked_until = lately.asked_until.max(asked_until);
                lately.gone |= gone;
                if is_dead {
                    self.tell_dead(number, delivered);
                    pending.retain(|other| other.entry.number != number);
                } else {
                    keep(pending, one);
                }
            }
        }
    }

    /// What has failed for three days is given up without another try, while its receiver seems to be down.
    async fn give_up_old(&self, pending: &mut Vec<Pending>, delivered: &mut Delivered) -> Result<(), Fault> {
        let (now, since) = (self.now(), self.webhook().updated_at);
        let over = pending.iter().filter(|one| one.is_over(now, since)).take(MOST_BURIED);
        for one in over.cloned().collect::<Vec<_>>() {
            self.all.webhooks.bury(self.company, self.id(), &one, now).await?;
            self.tell_dead(one.entry.number, delivered);
            pending.retain(|other| other.entry.number != one.entry.number);
        }
        Ok(())
    }

    fn tell_dead(&self, number: u64, delivered: &mut Delivered) {
        warn!(counter = "webhook_dead", webhook.id = %self.id(), number, "A message of a webhook was given up");
        self.all.metrics.record(&Measurement::WebhookMessageDead);
        delivered.dead = delivered.dead.saturating_add(1);
    }

    fn learn_acceptance(&self, progress: &mut Progress, lately: &Lately) {
        if lately.accepted {
            let now = self.now();
            if progress.failing_since.is_some_and(|since| now >= later(since, BACK_AFTER)) {
                progress.recovered_at = Some(now);
            }
            progress.failing_since = None;
            progress.last_accepted_at = Some(now);
        }
    }

    fn learn(&self, progress: &mut Progress, lately: &Lately) {
        self.learn_acceptance(progress, lately);
        let now = self.now();
        if lately.refused && !lately.accepted {
            progress.failing_since.get_or_insert(now);
        }
        let before = progress.hold.take().filter(|_| !lately.accepted).map_or(0, |hold| hold.runs);
        if lately.seems_down() || lately.asked_until.is_some() {
            let runs = before.saturating_add(1);
            let ours = if lately.seems_down() { later(now, held_for(runs)) } else { now };
            let until = lately.asked_until.map_or(ours, |asked| asked.max(ours));
            progress.hold = Some(Hold { since: now, until, runs });
        }
    }

    pub(super) const fn webhook(&self) -> &Webhook {
        &self.to.webhook
    }

    pub(super) const fn id(&self) -> &WebhookId {
        &self.to.webhook.id
    }

    pub(super) fn now(&self) -> Timestamp {
        self.all.clock.now()
    }
}

/// As it is now.
fn keep(pending: &mut [Pending], one: Pending) {
    if let Some(before) = pending.iter_mut().find(|other| other.entry.number == one.entry.number) {
        *before = one;
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
