//! What can be typed after `hark users`.

use clap::Subcommand;
use shared::domain::{
    ids::CompanyId,
    user::{Role, UserName},
};

use super::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// Makes a user and prints a link that signs it in.
    #[command(after_help = "Example:\n  hark users create anna --company acme --role owner")]
    Create {
        /// What the user signs in with: letters, digits and . _ - @ +, such as an address of e-mail.
        #[arg(value_parser = user_name)]
        name: UserName,
        /// The user's company.
        #[arg(long)]
        company: CompanyId,
        /// What the user may do: viewer (look), staff (act too) or owner (settings, keys and users too).
        #[arg(long, value_parser = role)]
        role: Role,
        /// How the user is called; by default the name.
        #[arg(long, value_name = "NAME")]
        called: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Prints a link that signs a user in for the next 30 minutes.
    #[command(after_help = "Example:\n  hark users link anna")]
    Link {
        /// The user.
        #[arg(value_parser = user_name)]
        name: UserName,
        #[command(flatten)]
        output: Output,
    },
    /// Gives a user the password that is read from standard input, and signs it out everywhere.
    #[command(after_help = "Example:\n  hark users password anna < password.txt")]
    Password {
        /// The user.
        #[arg(value_parser = user_name)]
        name: UserName,
        #[command(flatten)]
        output: Output,
    },
    /// Lists a company's users.
    #[command(after_help = "Example:\n  hark users list --company acme")]
    List {
        /// The company.
        #[arg(long)]
        company: CompanyId,
        #[command(flatten)]
        output: Output,
    },
    /// Takes a user away and signs it out everywhere.
    #[command(after_help = "Example:\n  hark users remove anna")]
    Remove {
        /// The user.
        #[arg(value_parser = user_name)]
        name: UserName,
        #[command(flatten)]
        output: Output,
    },
}

fn user_name(raw: &str) -> Result<UserName, String> {
    UserName::parse(raw).ok_or_else(|| "a name is 1 to 64 letters, digits and . _ - @ +".to_owned())
}

fn role(raw: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::as_str).join(", ");
    Role::parse(raw).ok_or_else(|| format!("a role is one of {}", known()))
}
