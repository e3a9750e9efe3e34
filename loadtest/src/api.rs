//! The node's HTTP API as a script sees it: JSON in, JSON out, cookies by hand, refusals as values.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::Stream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// A caller of one node's API, signed in or not.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    cookie: Option<String>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base)
            .field("is_signed_in", &self.cookie.is_some())
            .finish_non_exhaustive()
    }
}

/// The node said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused with {status} {code}: {message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Stable code of the error.
    pub code: String,
    /// Sentence for people.
    pub message: String,
}

impl Api {
    /// A caller that nobody knows yet; `base` is `http://host:port`.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            cookie: None,
        })
    }

    /// Where the node is, `http://host:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The cookie header, when signed in.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Replaces the cookie header; for forged and stale ones.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Option<String>) -> Self {
        self.cookie = cookie;
        self
    }

    /// A request with our cookie and the right origin; `path` starts with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header(ORIGIN, &self.base);
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Calls `/api/v1` + `path` and returns the JSON of the answer (null when empty).
    ///
    /// # Errors
    /// The node does not answer, or refuses: then the error is a [`Refusal`].
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let (_, value) = self.exchange(method, path, body).await?;
        Ok(value)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(HeaderMap, Value)> {
        let request = self.request(method.clone(), &format!("/api/v1{path}"));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request
            .send()
            .await
            .with_context(|| format!("{method} {path}"))?;
        let answer = accepted(answer).await?;
        let headers = answer.headers().clone();
        let bytes = answer.bytes().await?;
        let value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{method} {path} answered no JSON"))?
        };
        Ok((headers, value))
    }

    /// GET.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// POST with a JSON body.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::DELETE, path, None).await
    }

    async fn enter(&self, path: &str, body: Value) -> anyhow::Result<Self> {
        let (headers, _) = self.exchange(Method::POST, path, Some(body)).await?;
        let cookies: Vec<&str> = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .collect();
        anyhow::ensure!(!cookies.is_empty(), "{path} set no cookie");
        Ok(self.clone().with_cookie(Some(cookies.join("; "))))
    }

    /// Makes the first admin with the token of the printed link; that admin's caller.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn setup(&self, token: &str, name: &str, password: &str) -> anyhow::Result<Self> {
        let body = json!({"token": token, "name": name, "password": password});
        self.enter("/setup", body).await
    }

    /// Signs in; the caller with that login.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn sign_in(&self, name: &str, password: &str) -> anyhow::Result<Self> {
        self.enter("/sign-in", json!({"name": name, "password": password}))
            .await
    }

    /// Uploads a body as it comes.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn upload(
        &self,
        session: &str,
        path: &str,
        mode: &str,
        body: impl Into<reqwest::Body>,
    ) -> anyhow::Result<()> {
        let answer = self
            .request(
                Method::PUT,
                &files_url(
                    session,
                    &format!("/content?mode={mode}&path={}", quoted(path)),
                ),
            )
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(body)
            .send()
            .await?;
        accepted(answer).await?;
        Ok(())
    }

    /// Downloads a file as a stream.
    ///
    /// # Errors
    /// As [`Api::call`]; the stream itself may break later.
    pub async fn download(
        &self,
        session: &str,
        path: &str,
    ) -> anyhow::Result<impl Stream<Item = reqwest::Result<Bytes>> + use<>> {
        let answer = self
            .request(
                Method::GET,
                &files_url(session, &format!("/content?path={}", quoted(path))),
            )
            .send()
            .await?;
        Ok(accepted(answer).await?.bytes_stream())
    }
}

/// A value as it may stand in a query.
pub fn quoted(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

fn files_url(session: &str, rest: &str) -> String {
    format!("/api/v1/sessions/{session}/files{rest}")
}

/// Turns a refusal into an error.
///
/// # Errors
/// The answer is a refusal: a [`Refusal`] in the chain.
pub async fn accepted(answer: Response) -> anyhow::Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let text = answer.text().await.unwrap_or_default();
    let error = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let field = |name: &str| {
        let value = error.pointer(&format!("/error/{name}"));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    Err(Refusal {
        status: status.as_u16(),
        code: field("code").unwrap_or_else(|| "(no code)".to_owned()),
        message: field("message").unwrap_or(text),
    }
    .into())
}

/// The refusal behind an error.
///
/// # Errors
/// The call was accepted, or failed in another way.
pub fn refusal<T>(outcome: anyhow::Result<T>) -> anyhow::Result<Refusal> {
    match outcome {
        Ok(_) => anyhow::bail!("accepted what should have been refused"),
        Err(error) => error.downcast::<Refusal>(),
    }
}

/// A string field of an answer.
///
/// # Errors
/// The field is missing or no string.
pub fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .with_context(|| format!("no text field {field:?} in {value}"))
}
