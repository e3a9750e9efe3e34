//! The command line. Flags for configuration keys come from the table of keys.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::ValueParser;
use clap::error::Error;
use clap::{Arg, ArgMatches, Args, FromArgMatches, Parser, Subcommand};
use node::config::{KEYS, Key};

/// A clientless remote-desktop gateway whose sessions outlive the machine that serves them.
#[derive(Debug, Parser)]
#[command(name = "baton", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pages, API and sessions until told to stop.
    Serve(Serve),
    /// Look at the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Manage users from the machine itself.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Manage the keys that seal stored credentials.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Print the version.
    Version,
    /// Print the API's description.
    #[command(hide = true)]
    Openapi,
}

/// `baton serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Make sure that a target "Demo shell" exists: ssh://user:password@host:port; or a "Demo
    /// desktop": `vnc://:password@host:port`. May be given more than once, or with commas.
    #[arg(
        long,
        env = "BATON_DEMO_TARGET",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "URL"
    )]
    pub(crate) demo_target: Vec<String>,
    #[command(flatten)]
    pub(crate) sources: Sources,
}

/// `baton config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every key with its value and who set it; secrets are hidden.
    Show(Sources),
    /// Find every mistake.
    Check(Sources),
}

/// `baton admin`.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Print a new one-time link that makes an admin; older unused links stop working.
    SetupLink(Sources),
    /// Make a user and print the first password.
    CreateUser {
        /// Sign-in name.
        name: String,
        /// May manage everything.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        sources: Sources,
    },
    /// Give a user a new password, print it, and end the user's logins.
    ResetPassword {
        /// Sign-in name.
        name: String,
        #[command(flatten)]
        sources: Sources,
    },
}

/// `baton keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new key and seal every stored credential with it; nodes may keep running.
    Rotate(Sources),
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    /// Configuration file (TOML).
    #[arg(long, env = "BATON_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// The flags that were given: name and text.
#[derive(Debug, Default)]
pub(crate) struct Flags(pub(crate) Vec<(String, String)>);

/// Names and explanations of the flags; clap wants them to live as long as the program.
static NAMES: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    let of_key = |key: &Key| {
        let first = key.doc.lines().next().unwrap_or_default();
        let file = key.is_secret().then(|| format!("{}-file", key.flag()));
        let file = file.map(|name| (name, "File that holds the value."));
        std::iter::once((key.flag(), first)).chain(file)
    };
    KEYS.iter().flat_map(of_key).collect()
});

/// Shorter names of the flags that are typed most.
const SHORT_NAMES: [(&str, &str); 2] = [("database-url", "database"), ("server-listen", "listen")];

fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.iter().map(|(name, help)| (name.as_str(), *help))
}

impl Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        names().fold(command, |command, (name, help)| {
            let argument = Arg::new(name)
                .long(name)
                .help(help)
                .help_heading("Configuration")
                .value_name("VALUE")
                .allow_hyphen_values(true)
                .value_parser(ValueParser::string());
            let short = SHORT_NAMES.iter().find(|(long, _)| *long == name);
            command.arg(argument.visible_aliases(short.map(|(_, short)| *short)))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0 = names()
            .filter_map(|(name, _)| {
                let text = matches.get_one::<String>(name)?.clone();
                Some((name.to_owned(), text))
            })
            .collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_every_key_is_a_flag() {
        Cli::command().debug_assert();
        let cli = Cli::parse_from(["baton", "serve", "--server-listen", "127.0.0.1:1"]);
        let Command::Serve(serve) = cli.command else {
            panic!("serve was asked for");
        };
        let given = ("server-listen".to_owned(), "127.0.0.1:1".to_owned());
        assert_eq!(serve.sources.flags.0, [given]);
    }

    #[test]
    fn what_is_typed_most_has_a_short_name() {
        let cli = Cli::parse_from(["baton", "serve", "--database", "mysql://db/baton"]);
        let Command::Serve(serve) = cli.command else {
            panic!("serve was asked for");
        };
        let given = ("database-url".to_owned(), "mysql://db/baton".to_owned());
        assert_eq!(serve.sources.flags.0, [given]);
    }
}
