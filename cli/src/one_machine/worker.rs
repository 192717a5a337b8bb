//! The queue worker of one machine.

use std::sync::Arc;

use adapter_egress::{AddressPolicy, Egress};
use adapter_openai::{Breaker, OpenAiAnalyst, OpenAiTranscriber};
use adapter_system::LoggedMetrics;
use adapter_twilio::{api::TwilioApi, media::TwilioMedia, messages::TwilioMessenger};
use shared::repositories::{
    budgets::UsedBudgets, contacts::Contacts, conversations::Conversations, deliveries::DeliveryStates,
    filed::Filed, glossaries::Glossaries, notes::Notes, sent::Sent,
};
use voice_parser::{VoiceParser, prompts::Prompts};

use super::{MachineConfig, Parts, calls};

impl Parts<'_> {
    /// Over the machine's stores. `public_base_url` is where Twilio tells what becomes of answers.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub(super) fn voice_parser(&self, public_base_url: &str) -> anyhow::Result<VoiceParser> {
        let MachineConfig { twilio, openai, worker, .. } = &self.config;
        let phone = calls::on_the_phone(self.data, openai, &twilio.account, self.clock.clone())?;
        let twilio = Arc::new(TwilioApi::new(twilio)?);
        let models = Egress::new(AddressPolicy::for_base(&openai.base_url))?.client().clone();
        let transcriber = Arc::new(OpenAiTranscriber::new(models.clone(), openai));
        let analyst = Arc::new(OpenAiAnalyst::new(models, openai));
        let table = self.data.store();
        Ok(VoiceParser::new(voice_parser::Deps {
            notes: Notes::new(table.clone()),
            sent: Sent::new(table.clone()),
            conversations: Conversations::new(table.clone()),
            deliveries: DeliveryStates::new(table.clone()),
            contacts: Contacts::new(table.clone()),
            budgets: UsedBudgets::new(table.clone(), worker.budgets),
            glossaries: Glossaries::new(table.clone()),
            phone,
            filed: Filed::new(table),
            objects: self.data.objects(),
            writes: self.data.objects(),
            replaces: self.data.objects(),
            removes: self.data.objects(),
            directory: self.directory.clone(),
            media: Arc::new(self.telegram.media(Arc::new(TwilioMedia::new(twilio.clone())))),
            transcriber: Arc::new(Breaker::new(transcriber, self.clock.clone())),
            analyst: Arc::new(Breaker::new(analyst, self.clock.clone())),
            messenger: Arc::new(
                self.telegram.messenger(Arc::new(TwilioMessenger::new(twilio).told_at(public_base_url))),
            ),
            metrics: Arc::new(LoggedMetrics),
            clock: self.clock.clone(),
            prompts: Prompts::new(self.data.objects(), self.clock.clone()),
            settings: worker.clone(),
        }))
    }
}
