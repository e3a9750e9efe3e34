//! Layers → configuration: meanings are checked, every problem is kept.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use shared::secret::Secret;

use super::settings::{
    Config, Data, Database, Keys, Log, LogFormat, Redis, Retention, Server, Sessions, SignIn,
    Targets, TlsFiles,
};
use super::{ConfigError, Layers, Network, Problem, PublicUrl, Value};

/// Checks the layers and makes the configuration.
///
/// # Errors
/// Every problem of every key.
pub fn build(layers: &Layers) -> Result<Config, ConfigError> {
    let mut reader = Reader {
        layers,
        problems: layers.problems().to_vec(),
    };
    let data = Data {
        directory: PathBuf::from(reader.text("data.directory")),
    };
    if data.directory.as_os_str().is_empty() {
        reader.refuse("data.directory", "must name a directory");
    }
    let config = Config {
        server: reader.server(),
        database: reader.database(&data.directory),
        keys: reader.keys(&data.directory),
        redis: reader.redis(),
        sign_in: reader.sign_in(),
        sessions: reader.sessions(),
        retention: reader.retention(),
        targets: reader.targets(),
        log: reader.log(),
        data,
    };
    if reader.problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError {
            problems: reader.problems,
        })
    }
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn server(&mut self) -> Server {
        let listen = self.socket("server.listen");
        let ops_listen = self.socket("server.ops_listen");
        if listen == ops_listen && listen.port() != 0 {
            self.refuse("server.ops_listen", "must differ from server.listen");
        }
        let public_url = self.text("server.public_url");
        let public_url = (!public_url.is_empty())
            .then(|| self.parsed::<PublicUrl>("server.public_url", &public_url))
            .flatten();
        Server {
            listen,
            public_url,
            ops_listen,
            tls: self.tls(),
            trusted_proxies: self.networks("server.trusted_proxies"),
            workers: self.size("server.workers"),
            request_timeout: self.span("server.request_timeout_s", 1),
            keep_alive: self.span("server.keep_alive_s", 1),
            max_body: self.size("server.max_body_kib").saturating_mul(1024),
        }
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        let cert = self.text("server.tls_cert");
        let key = self.text("server.tls_key");
        match (cert.is_empty(), key.is_empty()) {
            (true, true) => None,
            (false, false) => Some(TlsFiles {
                cert: PathBuf::from(cert),
                key: PathBuf::from(key),
            }),
            (true, false) => {
                self.refuse(
                    "server.tls_key",
                    "is set, so server.tls_cert must be set as well",
                );
                None
            }
            (false, true) => {
                self.refuse(
                    "server.tls_cert",
                    "is set, so server.tls_key must be set as well",
                );
                None
            }
        }
    }

    fn database(&mut self, data: &Path) -> Database {
        let mut url = self.text("database.url");
        if url.is_empty() {
            url = format!("sqlite://{}", data.join("baton.db").display());
        }
        let schemes = ["sqlite:", "mysql:", "mariadb:"];
        if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            self.refuse(
                "database.url",
                "must begin with sqlite: or mysql: (MariaDB as well)",
            );
        }
        Database {
            url: Secret::new(url),
            max_connections: u32::try_from(self.integer("database.max_connections")).unwrap_or(8),
        }
    }

    fn keys(&self, data: &Path) -> Keys {
        let file = self.text("keys.file");
        let file = if file.is_empty() {
            let passed = std::env::var_os("CREDENTIALS_DIRECTORY")
                .map(|directory| PathBuf::from(directory).join("baton-keys"))
                .filter(|file| file.exists());
            passed.unwrap_or_else(|| data.join("keys.toml"))
        } else {
            PathBuf::from(file)
        };
        Keys { file }
    }

    fn redis(&mut self) -> Redis {
        let url = self.text("redis.url");
        if url.is_empty() {
            return Redis { url: None };
        }
        let schemes = ["redis://", "redis+unix://", "unix://"];
        if url.starts_with("rediss://") {
            let why = "begins with rediss://, but Baton speaks to Redis without TLS; use redis:// over a \
                       private network or a local TLS tunnel";
            self.refuse("redis.url", why);
        } else if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            self.refuse("redis.url", "must begin with redis:// or unix://");
        }
        Redis {
            url: Some(Secret::new(url)),
        }
    }

    fn sign_in(&mut self) -> SignIn {
        let idle = self.span("sign_in.idle_minutes", 60);
        let absolute = self.span("sign_in.absolute_hours", 3600);
        if absolute < idle {
            self.refuse(
                "sign_in.absolute_hours",
                "must not be shorter than sign_in.idle_minutes",
            );
        }
        SignIn {
            idle,
            absolute,
            password_min_length: self.size("sign_in.password_min_length"),
            free_attempts: u32::try_from(self.integer("sign_in.free_attempts")).unwrap_or(5),
            max_delay: self.span("sign_in.max_delay_s", 1),
            forget_after: self.span("sign_in.forget_minutes", 60),
        }
    }

    fn sessions(&mut self) -> Sessions {
        let max_per_user = self.size("sessions.max_per_user");
        let max_total = self.size("sessions.max_total");
        if max_per_user > max_total {
            self.refuse(
                "sessions.max_per_user",
                "must not be larger than sessions.max_total",
            );
        }
        Sessions {
            detached_limit: self.span("sessions.detached_minutes", 60),
            max_per_user,
            max_total,
            scrollback_lines: self.size("sessions.scrollback_lines"),
            stop_deadline: self.span("sessions.stop_seconds", 1),
        }
    }

    fn retention(&self) -> Retention {
        let days = |path| Some(self.span(path, 86_400)).filter(|span| !span.is_zero());
        Retention {
            history: days("retention.history_days"),
            audit: days("retention.audit_days"),
        }
    }

    fn targets(&mut self) -> Targets {
        Targets {
            quick_connect: self.flag("targets.quick_connect"),
            deny: self.networks("targets.deny"),
            allow: self.networks("targets.allow"),
        }
    }

    fn log(&mut self) -> Log {
        let format = match self.text("log.format").as_str() {
            "json" => LogFormat::Json,
            _ => LogFormat::Text,
        };
        let level = self.text("log.level");
        if let Err(why) = tracing_subscriber::EnvFilter::builder().parse(&level) {
            let text =
                format!("is \"{level}\", which is not a level or filter ({why}); try \"info\"");
            self.refuse("log.level", &text);
        }
        Log { format, level }
    }

    fn text(&self, path: &str) -> String {
        match self.layers.of(path).map(|sourced| &sourced.value) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    fn integer(&self, path: &str) -> i64 {
        match self.layers.of(path).map(|sourced| &sourced.value) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    fn flag(&self, path: &str) -> bool {
        self.layers.of(path).map(|sourced| &sourced.value) == Some(&Value::Flag(true))
    }

    fn size(&self, path: &str) -> usize {
        usize::try_from(self.integer(path)).unwrap_or(0)
    }

    fn span(&self, path: &str, unit_seconds: u64) -> Duration {
        let count = u64::try_from(self.integer(path)).unwrap_or(0);
        Duration::from_secs(count.saturating_mul(unit_seconds))
    }

    fn socket(&mut self, path: &'static str) -> SocketAddr {
        let text = self.text(path);
        text.parse().unwrap_or_else(|_| {
            let why = format!(
                "is \"{text}\", but takes an address with a port, such as \"127.0.0.1:8080\""
            );
            self.refuse(path, &why);
            SocketAddr::from(([127, 0, 0, 1], 0))
        })
    }

    fn networks(&mut self, path: &'static str) -> Vec<Network> {
        let items = match self.layers.of(path).map(|sourced| &sourced.value) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        items
            .iter()
            .filter_map(|item| self.parsed(path, item))
            .collect()
    }

    fn parsed<T: FromStr<Err = String>>(&mut self, path: &'static str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => {
                self.refuse(path, &format!("does not fit: {why}"));
                None
            }
        }
    }

    fn refuse(&mut self, path: &'static str, why: &str) {
        let place = self.layers.of(path).map_or_else(
            || "default".to_owned(),
            |sourced| sourced.origin.to_string(),
        );
        self.problems
            .push(Problem::new(place, format!("{path} {why}")));
    }
}
