//! What can be typed. Every command has an example and `--json`.

mod telegram;
mod users;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::domain::{
    api_key::Scope,
    ids::{CompanyId, MessageId},
};

pub(crate) use self::{
    telegram::{Telegram, Webhook},
    users::Users,
};
use crate::replay::Since;

/// Voice notes in, filed work out.
#[derive(Debug, Parser)]
#[command(name = "hark", version, after_help = "Example:\n  hark dev")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the whole product on this machine, with stand-ins for Twilio, OpenAI and Telegram.
    ///
    /// No account, no key and no network are needed. Real providers are used as soon as their settings are in the
    /// environment: see .env.example.
    #[command(after_help = "Example:\n  hark dev\n  HARK_PORT=9000 HARK_DATA=/tmp/hark hark dev --json")]
    Dev {
        #[command(flatten)]
        output: Output,
    },
    /// Runs Hark in earnest on this machine: one office, real providers, no stand-ins.
    ///
    /// Everything is a setting in the environment (.env.example). Whatever is missing or wrong is named at once, and
    /// then nothing starts. SIGTERM or Ctrl-C ends it: what is under way is finished, for at most 25 seconds; the
    /// rest goes on at the next start.
    #[command(
        after_help = "Example:\n  hark customers put customers.json\n  hark serve\n  HARK_LOG_FORMAT=json hark serve --json"
    )]
    Serve {
        #[command(flatten)]
        output: Output,
    },
    /// Asks a running hark whether it is alive, or with --ready whether all that it needs is there.
    ///
    /// For supervisors and containers: exit code 0 or 1.
    #[command(
        after_help = "Example:\n  hark health\n  hark health --ready --url http://127.0.0.1:9000 --json"
    )]
    Health {
        /// Asks `/readyz` instead of `/healthz`.
        #[arg(long)]
        ready: bool,
        /// Where it listens; HARK_PORT of this machine by default.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Simulates Twilio, OpenAI and Telegram alone, for a stack on this machine.
    ///
    /// Phones are played by `hark phone` with HARK_SIM_URL; what they say goes, signed, to WEBHOOK_URL, and
    /// calls to VOICE_URL or else beside it. The account and the numbers are read from TWILIO_ACCOUNT_SID,
    /// TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_NUMBER, TWILIO_SMS_NUMBER and TWILIO_VOICE_NUMBER.
    #[command(after_help = "Example:\n  hark stand-ins\n  HARK_SIM_PORT=9090 hark stand-ins --json")]
    StandIns {
        #[command(flatten)]
        output: Output,
    },
    /// Plays a worker's phone against a running `hark dev` or `hark stand-ins`.
    #[command(subcommand, after_help = "Example:\n  hark phone text \"Please order two copper pipes.\"")]
    Phone(Phone),
    /// API keys of client apps, of this machine or of the stack that HARK_ENV names.
    #[command(subcommand, after_help = "Example:\n  hark keys create --company acme --scope files:read")]
    Keys(Keys),
    /// Looks at everything that this machine, or the stack that HARK_ENV names, depends on.
    ///
    /// Settings, credentials, the webhooks that are set at Twilio and Telegram, models and the days on which they end, table, files,
    /// queue, dead letters, addresses, clock. Each line is ok, warn or fail, with what to do. Changes nothing; exit code
    /// 1 if anything fails.
    #[command(after_help = "Example:\n  hark doctor\n  HARK_ENV=dev hark doctor --json")]
    Doctor {
        #[command(flatten)]
        output: Output,
    },
    /// Tries again what was given up: dead letters, or notes that failed.
    ///
    /// A note goes on after its last stored step, so nothing is paid for twice. Its sender gets the outcome, even where
    /// an apology was sent before. It can be repeated: what is done has no effect.
    #[command(
        after_help = "Example:\n  hark replay --dead-letters --dry-run\n  hark replay --failed --since 24h\n  \
                      HARK_ENV=dev hark replay --message SM0123456789abcdef0123456789abcdef"
    )]
    Replay(Replayable),
    /// Who may use the panel, of this machine or of the stack that HARK_ENV names.
    #[command(subcommand, after_help = "Example:\n  hark users create anna --company acme --role owner")]
    Users(Users),
    /// The Telegram bot, of this machine or of the stack that HARK_ENV names.
    #[command(subcommand, after_help = "Example:\n  hark telegram webhook show")]
    Telegram(Telegram),
    /// The customer directory.
    #[command(subcommand, after_help = "Example:\n  hark customers check customers.json")]
    Customers(Customers),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Phone {
    /// Sends a typed message and prints what the phone receives.
    #[command(
        after_help = "Example:\n  hark phone text \"Please order two copper pipes.\"\n  hark phone text \"Zawór cieknie.\" --from telegram:5550003"
    )]
    Text {
        /// The words.
        text: String,
        /// Quotes this message of those that the phone received, or the last one: its id, or `last`.
        #[arg(long, value_name = "ID")]
        reply_to: Option<String>,
        #[command(flatten)]
        handset: Handset,
    },
    /// Sends a recording as a voice message and prints what the phone receives.
    #[command(after_help = "Example:\n  hark phone voice tests/fixtures/audio/job-en.ogg")]
    Voice {
        /// The recording: ogg, mp3, m4a, amr or wav.
        file: PathBuf,
        /// What is said in it, for the transcription stand-in, which does not listen.
        #[arg(long)]
        transcript: Option<String>,
        /// Quotes this message of those that the phone received, or the last one: its id, or `last`.
        #[arg(long, value_name = "ID")]
        reply_to: Option<String>,
        #[command(flatten)]
        handset: Handset,
    },
    /// Taps a button below a message and prints what the phone receives.
    #[command(after_help = "Example:\n  hark phone tap \"Undo\"")]
    Tap {
        /// What stands on the button.
        button: String,
        /// The message, by its id; the newest with buttons by default.
        #[arg(long, value_name = "ID")]
        message: Option<String>,
        #[command(flatten)]
        handset: Handset,
    },
    /// Calls Hark and plays the caller: from the terminal, or from scripts.
    ///
    /// What Hark says is printed; while it listens, a line is what the caller says, digits, * and # are keys, an empty line
    /// is silence. `/record FILE` leaves a recording, and so does the name of a file while one is recorded. `/hangup` or
    /// Ctrl-D hangs up. With --script each file is played and judged: its steps are in cli/README.md.
    #[command(
        after_help = "Example:\n  hark phone call --from +15555550100\n  hark phone call --script tests/calls/01-asks-and-replies.call --json"
    )]
    Call(CallOptions),
    /// Prints everything that the phone received, and which messages of colleagues were read aloud to its owner.
    #[command(
        after_help = "Example:\n  hark phone inbox --from +15555550100\n  hark phone inbox --from +15555550100 --colleagues --json"
    )]
    Inbox {
        /// Only the messages of colleagues.
        #[arg(long)]
        colleagues: bool,
        #[command(flatten)]
        handset: Handset,
    },
}

/// Who calls, and how it is played.
#[derive(Debug, Args)]
pub(crate) struct CallOptions {
    /// Who calls: +E.164, or `anonymous`. The first demo person by default.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) from: Option<String>,
    /// The number that is called; ours by default.
    #[arg(long, value_name = "NUMBER", conflicts_with = "script")]
    pub(crate) to: Option<String>,
    /// How far the carrier vouches for the caller's number; without it nothing is said of it.
    #[arg(long, value_name = "LEVEL", value_parser = ["A", "B", "C", "none"], conflicts_with = "script")]
    pub(crate) stir: Option<String>,
    /// Plays these scripts instead of reading the terminal.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) script: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Whose phone, and where the stand-in is.
#[derive(Debug, Args)]
pub(crate) struct Handset {
    /// The phone's address: whatsapp:+E.164, +E.164 for SMS, or telegram:ID. The first demo person by default.
    #[arg(long = "as", visible_alias = "from", value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// How long to wait for an answer, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a key and prints its secret, once.
    #[command(after_help = "Example:\n  hark keys create --company acme --scope files:read")]
    Create {
        /// The company whose data the key opens.
        #[arg(long)]
        company: CompanyId,
        /// What it may do: files:read, records:read, records:write or admin. Can be given several times.
        #[arg(long = "scope", required = true, value_name = "SCOPE", value_parser = scope)]
        scopes: Vec<Scope>,
        /// After how many days it ends; without it, it does not.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires_in_days: Option<u16>,
        #[command(flatten)]
        output: Output,
    },
    /// Lists a company's keys, without their secrets.
    #[command(after_help = "Example:\n  hark keys list --company acme")]
    List {
        /// The company.
        #[arg(long)]
        company: CompanyId,
        #[command(flatten)]
        output: Output,
    },
    /// Ends a key. It is refused everywhere within 60 seconds.
    #[command(after_help = "Example:\n  hark keys revoke aCvAcAwZKPE13qmUHux2")]
    Revoke {
        /// The key's id, as `list` shows it.
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

/// What to try again.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["dead_letters", "message", "failed"]))]
pub(crate) struct Replayable {
    /// All dead letters.
    #[arg(long)]
    pub(crate) dead_letters: bool,
    /// One message, by its id.
    #[arg(long, value_name = "ID", value_parser = message_id)]
    pub(crate) message: Option<MessageId>,
    /// The notes that were given up since a time.
    #[arg(long, requires = "since")]
    pub(crate) failed: bool,
    /// That time: RFC 3339, or so long ago: 90m, 24h, 7d.
    #[arg(long, value_name = "TIME", requires = "failed", value_parser = Since::parse)]
    pub(crate) since: Option<Since>,
    /// Only list them, with the reasons.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Customers {
    /// Reads a customers.json and tells line and reason of every fault.
    #[command(after_help = "Example:\n  hark customers check customers.json")]
    Check {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Checks a customers.json and stores it for this machine, or for the stack that HARK_ENV names.
    ///
    /// A file with a fault is not stored. It is in force within a minute.
    #[command(
        after_help = "Example:\n  hark customers put customers.json\n  HARK_ENV=dev hark customers put customers.json"
    )]
    Put {
        /// The file.
        file: PathBuf,
        /// Only if there is none yet; one that is there stays as it is.
        #[arg(long)]
        if_absent: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Prints the customers.json of this machine, or of the stack that HARK_ENV names.
    #[command(
        after_help = "Example:\n  hark customers get > customers.json\n  HARK_ENV=dev hark customers get --json"
    )]
    Get {
        #[command(flatten)]
        output: Output,
    },
}

/// How to print.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Print JSON, for scripts.
    #[arg(long)]
    pub(crate) json: bool,
}

/// In which form a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

impl Output {
    pub(crate) const fn form(self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}

fn scope(raw: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::as_str).join(", ");
    Scope::parse(raw).ok_or_else(|| format!("a scope is one of {}", known()))
}

fn message_id(raw: &str) -> Result<MessageId, String> {
    MessageId::parse(raw).map_err(|_| "a message id is 6 to 64 letters, digits and underscores".to_owned())
}
