//! What most tests begin with: a node, a real sshd, an admin, and a target that leads there.

use anyhow::Context as _;
use loadtest::api::{Api, Refusal, text};
use loadtest::fixture::{create_target, password_target};
use loadtest::node::{Node, NodeOptions};
use loadtest::target::openssh::{OpenSsh, SshdOptions};
use loadtest::viewer::{AttachOptions, Viewer};
use serde_json::{Value, json};

/// The prompt of the test accounts.
pub const PROMPT: &str = "ready$ ";

/// A node beside a real server.
#[derive(Debug)]
pub struct World {
    /// The node under test.
    pub node: Node,
    /// The server behind [`World::target`].
    pub sshd: OpenSsh,
    /// The admin's caller.
    pub api: Api,
    /// A target with the account's password.
    pub target: String,
}

impl World {
    /// Defaults everywhere.
    ///
    /// # Errors
    /// Something does not start.
    pub async fn new() -> anyhow::Result<Self> {
        Self::with(NodeOptions::default(), SshdOptions::default()).await
    }

    /// A node and a server as asked for.
    ///
    /// # Errors
    /// Something does not start.
    pub async fn with(node: NodeOptions, sshd: SshdOptions) -> anyhow::Result<Self> {
        let (node, sshd) = tokio::try_join!(Node::with(node), OpenSsh::with(sshd))?;
        let api = node.admin().await?;
        let target = create_target(&api, password_target("real sshd", &sshd)).await?;
        Ok(Self {
            node,
            sshd,
            api,
            target,
        })
    }

    /// Opens a session on [`World::target`] and waits for the prompt.
    ///
    /// # Errors
    /// There is no prompt.
    pub async fn shell(&self) -> anyhow::Result<(String, Viewer)> {
        shell(&self.api, &self.target).await
    }
}

/// Opens a session on a target and waits for the prompt.
///
/// # Errors
/// There is no prompt.
pub async fn shell(api: &Api, target: &str) -> anyhow::Result<(String, Viewer)> {
    let (session, mut viewer) = Viewer::open(api, target, AttachOptions::default()).await?;
    viewer.until_text(PROMPT).await?;
    Ok((session, viewer))
}

/// Answers whatever is asked, as the account's owner would, until the prompt is there.
///
/// # Errors
/// There is no prompt.
pub async fn answer_until_prompt(
    viewer: &mut Viewer,
    name: &str,
    password: &str,
) -> anyhow::Result<()> {
    loop {
        viewer
            .until("a question or the prompt", |viewer| {
                !viewer.asks.is_empty() || loadtest::viewer::plain(&viewer.output).contains(PROMPT)
            })
            .await?;
        let Some(ask) = viewer.asks.pop() else {
            return viewer.until_text(PROMPT).await;
        };
        let fields = ask.fields.iter();
        let answers: Vec<&str> = fields
            .map(|field| if field.secret { password } else { name })
            .collect();
        viewer.answer(ask.ask, &answers).await?;
    }
}

/// Proves that a session's shell obeys: runs `echo` with a sum nobody has typed.
///
/// # Errors
/// It does not.
pub async fn obeys(viewer: &mut Viewer) -> anyhow::Result<()> {
    viewer
        .run("echo $((41000 + 999))-alive", "41999-alive")
        .await?;
    viewer.until_text(PROMPT).await
}

/// How a session on `target` ended: code and text. However early that was, somebody was told.
///
/// # Errors
/// It does not end.
pub async fn how_it_ended(api: &Api, target: &str) -> anyhow::Result<(String, String)> {
    let body = json!({"target": target, "cols": 80, "rows": 24});
    how_it_ended_with(api, body).await
}

/// The same for any body of `POST /sessions`.
///
/// # Errors
/// It does not end.
pub async fn how_it_ended_with(api: &Api, body: Value) -> anyhow::Result<(String, String)> {
    let opened = match api.post("/sessions", body).await {
        Ok(opened) => opened,
        Err(error) => {
            let refusal = error.downcast::<Refusal>()?;
            return Ok((refusal.code, refusal.message));
        }
    };
    let session = text(&opened, "session")?.to_owned();
    match Viewer::follow(api, &opened, AttachOptions::default()).await {
        Ok((_, mut viewer)) => {
            let ended = viewer.until_ended().await?;
            Ok((ended.code, ended.text))
        }
        Err(_) => in_history(api, &session).await,
    }
}

/// What the history says about a session's end.
///
/// # Errors
/// The session is not in the history.
pub async fn in_history(api: &Api, session: &str) -> anyhow::Result<(String, String)> {
    let limit = std::time::Duration::from_secs(20);
    loadtest::until::until("the session is history", limit, async || {
        let history = api.get("/history?limit=200").await?;
        let rows = history.get("items").and_then(Value::as_array);
        let row = rows
            .and_then(|rows| {
                rows.iter()
                    .find(|row| text(row, "id").ok() == Some(session))
            })
            .with_context(|| format!("{session} is not in {history}"))?;
        anyhow::Ok((
            text(row, "reason")?.to_owned(),
            text(row, "text")?.to_owned(),
        ))
    })
    .await
}
