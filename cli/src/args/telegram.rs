//! What can be typed after `hark telegram`.

use clap::Subcommand;

use super::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Telegram {
    /// The webhook that brings the bot's messages.
    #[command(subcommand, after_help = "Example:\n  hark telegram webhook show")]
    Webhook(Webhook),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Has Telegram bring messages to /telegram/webhook below PUBLIC_BASE_URL, with TELEGRAM_WEBHOOK_SECRET.
    ///
    /// What waits at Telegram is brought, too. Doing it again changes nothing.
    #[command(
        after_help = "Example:\n  hark telegram webhook set\n  HARK_ENV=dev hark telegram webhook set --json"
    )]
    Set {
        #[command(flatten)]
        output: Output,
    },
    /// Has messages wait at Telegram to be asked for. None is lost.
    #[command(after_help = "Example:\n  hark telegram webhook remove")]
    Remove {
        #[command(flatten)]
        output: Output,
    },
    /// Shows the bot, where its messages go, and how many wait.
    #[command(after_help = "Example:\n  hark telegram webhook show --json")]
    Show {
        #[command(flatten)]
        output: Output,
    },
}
