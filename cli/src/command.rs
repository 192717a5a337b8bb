//! From what was typed to the file that does it.

use std::process::ExitCode;

use adapter_system::{LogForm, start_logging};
use clap::Parser;
use shared::config::Settings;

use crate::{
    args::{Cli, Command},
    customers, dev, doctor, health, keys, phone, replay, serve, stand_ins, telegram, users,
};

/// Runs the command line. Exit codes: 0 done, 1 it did not work (the reason is on standard error), 2 it was not
/// understood.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = Settings::from_environment();
    let form = settings.optional("HARK_LOG_FORMAT").and_then(|named| LogForm::parse(&named));
    start_logging(form.unwrap_or(LogForm::Lines), settings.optional("HARK_LOG").as_deref());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("hark: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command, settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hark: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, settings: Settings<'_>) -> anyhow::Result<()> {
    match command {
        Command::Dev { output } => dev::run(settings, output.form()).await,
        Command::Serve { output } => serve::run(settings, output.form()).await,
        Command::Health { ready, url, output } => health::run(&settings, ready, url, output.form()).await,
        Command::StandIns { output } => stand_ins::run(settings, output.form()).await,
        Command::Phone(command) => phone::run(command, &settings).await,
        Command::Keys(command) => keys::run(command, &settings).await,
        Command::Users(command) => users::run(command, &settings).await,
        Command::Doctor { output } => doctor::run(&settings, output.form()).await,
        Command::Replay(what) => replay::run(what, &settings).await,
        Command::Telegram(command) => telegram::run(command, &settings).await,
        Command::Customers(command) => customers::run(command, &settings).await,
    }
}
