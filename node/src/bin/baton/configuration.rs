//! `baton config`: the layers put together, shown or checked.

use node::config::{Config, Layers, build, environment, show};

use crate::cli::{ConfigCommand, Sources};
use crate::fatal::Fatal;
use crate::say;

/// Runs `baton config …`.
pub(crate) fn run(command: ConfigCommand) -> Result<(), Fatal> {
    match command {
        ConfigCommand::Show(sources) => {
            let layers = layers(&sources)?;
            say::text(&show(&layers));
            build(&layers)?;
        }
        ConfigCommand::Check(sources) => {
            load(&sources)?;
            say::line("The configuration is sound.");
        }
    }
    Ok(())
}

/// Reads and checks everything.
pub(crate) fn load(sources: &Sources) -> Result<Config, Fatal> {
    Ok(build(&layers(sources)?)?)
}

fn layers(sources: &Sources) -> Result<Layers, Fatal> {
    let mut layers = Layers::defaults();
    if let Some(path) = &sources.config {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Fatal::file(&name, &error, "name a readable file with --config"))?;
        layers.file(&name, &text);
    }
    layers.environment(environment());
    for (flag, text) in &sources.flags.0 {
        layers.flag(flag, text);
    }
    Ok(layers)
}
