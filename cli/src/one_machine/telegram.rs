//! Telegram on one machine: what is sent and fetched through it, and, where it has no webhook, the asking for updates.

use std::sync::Arc;

use adapter_local::DataDir;
use adapter_system::LoggedMetrics;
use adapter_telegram::{
    api::TelegramApi, config::TelegramConfig, media::TelegramMedia, messenger::TelegramMessenger,
    polling::Polling,
};
use shared::{
    ports::{
        clock::Clock,
        directory::CustomerDirectory,
        media_source::MediaSource,
        message_sync::{MessageSync, Never, SyncError},
        messenger::Messenger,
    },
    repositories::polled::Polled,
    use_cases::{
        by_channel::{MediaByAddress, MessengerByChannel},
        take_in::TakeIn,
    },
};

/// All of it. Without a bot there is nothing but phones.
pub(super) struct Telegram {
    api: Option<Arc<TelegramApi>>,
    /// To be run; `None` where updates come by the webhook, and without a bot.
    pub(super) polling: Option<Polling>,
    /// Asks out of turn.
    pub(super) sync: Arc<dyn MessageSync>,
}

impl Telegram {
    /// Of these settings, over these stores; asks nobody yet.
    ///
    /// # Errors
    /// None is known to happen after the settings were read without a fault.
    pub(super) fn new(
        config: &TelegramConfig,
        data: &DataDir,
        directory: Arc<dyn CustomerDirectory>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let token = config.token.clone();
        let api = token.map(|token| TelegramApi::new(token, &config.api_base)).transpose()?.map(Arc::new);
        let never = |why| Arc::new(Never(why));
        let Some(bot) = api.clone().filter(|_| config.polls()) else {
            let why = if api.is_some() { SyncError::ComeByThemselves } else { SyncError::NotSetUp };
            return Ok(Self { api, polling: None, sync: never(why) });
        };
        let take = TakeIn { directory, queue: data.queue(), metrics: Arc::new(LoggedMetrics) };
        let (polling, now) = Polling::new(bot, Polled::new(data.store()), take, clock);
        Ok(Self { api, polling: Some(polling), sync: Arc::new(now) })
    }

    /// Sends by the channel of each message.
    pub(super) fn messenger(&self, phone: Arc<dyn Messenger>) -> MessengerByChannel {
        let bot = self.api.clone().map(|api| Arc::new(TelegramMessenger::new(api)) as Arc<dyn Messenger>);
        MessengerByChannel::new(phone, bot)
    }

    /// Fetches from where each file is.
    pub(super) fn media(&self, web: Arc<dyn MediaSource>) -> MediaByAddress {
        let files = self.api.clone().map(|api| Arc::new(TelegramMedia::new(api)) as Arc<dyn MediaSource>);
        MediaByAddress::new(web, files)
    }
}
