//! The targets that tests and measurements describe to a node again and again.

use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::target::demo::DemoTarget;
use crate::target::openssh::{KeyPair, OpenSsh};
use crate::target::xvnc::Xvnc;

/// A target description for `POST /targets`: SSH on loopback, no credentials yet.
pub fn ssh_target(name: &str, port: u16) -> Value {
    json!({
        "name": name,
        "folder": "",
        "protocol": "ssh",
        "host": "127.0.0.1",
        "port": port,
        "settings": {},
        "jump": null,
        "user_name": null,
    })
}

/// The same, with the account of a real server and its password.
pub fn password_target(name: &str, server: &OpenSsh) -> Value {
    let mut target = ssh_target(name, server.port());
    set(&mut target, "user_name", json!(server.user.name));
    let secret = json!({"kind": "password", "password": server.user.password});
    set(&mut target, "secret", secret);
    target
}

/// The same, with a private key.
pub fn key_target(name: &str, server: &OpenSsh, key: &KeyPair, passphrase: Option<&str>) -> Value {
    let mut target = ssh_target(name, server.port());
    set(&mut target, "user_name", json!(server.user.name));
    let mut secret = json!({"kind": "private_key", "pem": key.private});
    if let Some(passphrase) = passphrase {
        set(&mut secret, "passphrase", json!(passphrase));
    }
    set(&mut target, "secret", secret);
    target
}

/// A demo target, with its password.
pub fn demo_target(name: &str, demo: &DemoTarget) -> Value {
    let mut target = ssh_target(name, demo.port());
    set(&mut target, "user_name", json!(demo.user()));
    let secret = json!({"kind": "password", "password": demo.password()});
    set(&mut target, "secret", secret);
    target
}

/// A VNC target, with its password.
pub fn vnc_target(name: &str, server: &Xvnc) -> Value {
    let mut target = ssh_target(name, server.port());
    set(&mut target, "protocol", json!("vnc"));
    let secret = json!({"kind": "password", "password": server.password()});
    set(&mut target, "secret", secret);
    target
}

/// Sets a field of a JSON object.
pub fn set(object: &mut Value, field: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

/// Creates a target; its id.
///
/// # Errors
/// The node refuses.
pub async fn create_target(api: &Api, target: Value) -> anyhow::Result<String> {
    let answer = api.post("/targets", target).await?;
    Ok(text(&answer, "id")?.to_owned())
}
