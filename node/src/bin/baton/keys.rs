//! `baton keys`: rotation of the keys that seal stored credentials.

use crate::cli::KeysCommand;
use crate::configuration::load;
use crate::fatal::Fatal;
use crate::{prepare, say};

/// Runs `baton keys …`.
pub(crate) async fn run(command: KeysCommand) -> Result<(), Fatal> {
    let KeysCommand::Rotate(sources) = command;
    let config = load(&sources)?;
    let store = prepare::open_store_with_keys(&config).await?;
    // An interrupted rotation goes on with the key it made.
    let usage = store.key_usage().await?;
    let current = store.keys().current()?;
    let is_unfinished = usage
        .iter()
        .any(|(key, count)| *key != current && *count > 0);
    let key = if is_unfinished {
        say::line(&format!("Going on with key {current}."));
        current
    } else {
        let key = store.keys().add_key()?;
        say::line(&format!(
            "Made key {key} in {}.",
            config.keys.file.display()
        ));
        key
    };
    let done = store
        .rotate_keys(|now| {
            say::line(&format!(
                "{} sealed anew, {} left",
                now.rewrapped, now.remaining
            ));
        })
        .await?;
    say::line(&format!(
        "Every credential is sealed with {key} ({} were sealed anew). Copy the key file to a safe place.",
        done.rewrapped
    ));
    say::line("Older keys stay in the file: database backups still need them.");
    store.close().await;
    Ok(())
}
