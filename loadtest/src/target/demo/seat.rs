//! One channel: collects what the client asks for, then becomes a shell, a command or SFTP.

use std::sync::Arc;

use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg};

use super::server::House;
use super::shell::{self, Pty, Wish};
use super::{files, pump};

/// Environment variables a client may set.
const MAX_VARIABLES: usize = 64;

/// Longest name and value of a variable, in bytes.
const MAX_VALUE: usize = 4096;

/// The one subsystem there is.
pub(super) const SFTP: &str = "sftp";

/// Serves the channel until either side closes it. The client's requests are already answered.
pub(super) async fn serve(mut channel: Channel<Msg>, handle: Handle, house: Arc<House>) {
    let mut wish = Wish::default();
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::RequestPty {
                term,
                col_width,
                row_height,
                ..
            } => wish.pty = Some(Pty::new(term, col_width, row_height)),
            ChannelMsg::WindowChange {
                col_width,
                row_height,
                ..
            } => {
                if let Some(pty) = &mut wish.pty {
                    pty.resize(col_width, row_height);
                }
            }
            ChannelMsg::SetEnv {
                variable_name,
                variable_value,
                ..
            } => {
                let has_room = wish.environment.len() < MAX_VARIABLES;
                if has_room && may_set(&variable_name, &variable_value) {
                    wish.environment.push((variable_name, variable_value));
                }
            }
            ChannelMsg::RequestShell { .. } => return run(channel, &handle, wish, &house).await,
            ChannelMsg::Exec { command, .. } => {
                wish.command = Some(command);
                return run(channel, &handle, wish, &house).await;
            }
            ChannelMsg::RequestSubsystem { name, .. } if name == SFTP => {
                return files::serve(channel, &house.home).await;
            }
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

/// Whether a client may set this variable.
pub(super) fn may_set(name: &str, value: &str) -> bool {
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // The loader's own variables change what every program is; nobody asks for that over SSH.
    is_name
        && !name.is_empty()
        && !name.starts_with("LD_")
        && name.len() <= MAX_VALUE
        && value.len() <= MAX_VALUE
        && !value.contains('\0')
}

async fn run(channel: Channel<Msg>, handle: &Handle, wish: Wish, house: &House) {
    let id = channel.id();
    match shell::start(&wish, house) {
        Ok(program) => pump::run(channel, program).await,
        Err(error) => {
            let text = format!("demo target: cannot start the program: {error:#}\r\n");
            tracing::warn!("{}", text.trim_end());
            let _gone = handle.extended_data(id, 1, text).await;
            let _gone = handle.exit_status_request(id, 255).await;
            let _gone = handle.close(id).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_loader_and_impossible_ones_are_refused() {
        assert!(may_set("LC_ALL", "C.UTF-8"));
        for (name, value) in [("LD_PRELOAD", "x"), ("", "x"), ("A B", "x"), ("A", "x\0y")] {
            assert!(!may_set(name, value), "{name}={value:?}");
        }
    }
}
