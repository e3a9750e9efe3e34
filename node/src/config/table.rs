//! Every key there is. The example file, the flags, `config show` and the checks come from here.

use super::{Key, Kind};

const fn key(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key {
        path,
        kind,
        default,
        doc,
    }
}

const fn whole(least: i64, most: i64) -> Kind {
    Kind::Integer { least, most }
}

/// Every key, in the order of the example file.
pub const KEYS: &[Key] = &[
    key(
        "server.listen",
        Kind::Socket,
        "\"127.0.0.1:8080\"",
        "Address and port of the public listener: pages, API and WebSocket.\nBeyond loopback, set tls_cert and tls_key or put a TLS proxy in front.",
    ),
    key(
        "server.public_url",
        Kind::Text,
        "\"\"",
        "How browsers reach Baton, such as \"https://baton.example.org\": scheme, host and port only.\nEmpty: the listen address and localhost are accepted, nothing else.",
    ),
    key(
        "server.ops_listen",
        Kind::Socket,
        "\"127.0.0.1:8081\"",
        "Address and port of /livez, /readyz and /metrics. Keep it private. Reached by address, as localhost,\nor under the name in public_url.",
    ),
    key(
        "server.tls_cert",
        Kind::Path,
        "\"\"",
        "Certificate chain, PEM. Read again when the file changes. Empty: no TLS.",
    ),
    key(
        "server.tls_key",
        Kind::Path,
        "\"\"",
        "Private key of tls_cert, PEM. Read again when the file changes.",
    ),
    key(
        "server.trusted_proxies",
        Kind::List,
        "[]",
        "Networks (CIDR) of proxies whose X-Forwarded-For is believed, such as [\"10.0.0.0/8\"].",
    ),
    key(
        "server.workers",
        whole(1, 64),
        "2",
        "Threads that serve HTTP. Two carry thousands of viewers.",
    ),
    key(
        "server.request_timeout_s",
        whole(1, 120),
        "5",
        "Seconds a client may take to send the head of a request.",
    ),
    key(
        "server.keep_alive_s",
        whole(5, 3600),
        "75",
        "Seconds an idle connection stays open.",
    ),
    key(
        "server.max_body_kib",
        whole(16, 16_384),
        "256",
        "Largest body of an API request, in KiB. File uploads stream and are not limited by it.",
    ),
    key(
        "data.directory",
        Kind::Path,
        "\"data\"",
        "Directory for the embedded database, the broker's log and the keys. Made at first start.",
    ),
    key(
        "database.url",
        Kind::Secret,
        "\"\"",
        "Database, such as \"mysql://user:password@host/baton?ssl-mode=VERIFY_IDENTITY\".\nEmpty: SQLite in the data directory. Instead of this key, url_file may name a file that holds it.",
    ),
    key(
        "database.max_connections",
        whole(1, 500),
        "8",
        "Connections kept to the database, at most.",
    ),
    key(
        "keys.file",
        Kind::Path,
        "\"\"",
        "File with the keys that seal stored credentials; mode 0600, made at first start.\nEmpty: $CREDENTIALS_DIRECTORY/baton-keys when systemd passes it, else keys.toml in the data directory.",
    ),
    key(
        "redis.url",
        Kind::Secret,
        "\"\"",
        "Redis for throttling across nodes, such as \"redis://:password@host:6379/0\".\nEmpty: each node counts alone. Instead of this key, url_file may name a file that holds it.",
    ),
    key(
        "sign_in.idle_minutes",
        whole(1, 10_080),
        "30",
        "Minutes without a request or an attached session after which a login ends.",
    ),
    key(
        "sign_in.absolute_hours",
        whole(1, 720),
        "12",
        "Hours after which a login ends, whatever happens.",
    ),
    key(
        "sign_in.password_min_length",
        whole(8, 128),
        "10",
        "Characters a new password must have at least.",
    ),
    key(
        "sign_in.free_attempts",
        whole(1, 100),
        "5",
        "Wrong passwords per user and address before delays begin. Per user ten times, per address\ntwenty times as many.",
    ),
    key(
        "sign_in.max_delay_s",
        whole(1, 86_400),
        "300",
        "Longest delay between two tries, in seconds. Delays begin at one second and double.",
    ),
    key(
        "sign_in.forget_minutes",
        whole(1, 10_080),
        "30",
        "Minutes after the last wrong password when it is forgotten.",
    ),
    key(
        "sessions.detached_minutes",
        whole(1, 43_200),
        "30",
        "Minutes a session lives with no browser attached.",
    ),
    key(
        "sessions.max_per_user",
        whole(1, 10_000),
        "20",
        "Sessions one user may have at once.",
    ),
    key(
        "sessions.max_total",
        whole(1, 100_000),
        "500",
        "Sessions this node runs at once.",
    ),
    key(
        "sessions.scrollback_lines",
        whole(0, 100_000),
        "1000",
        "Lines kept above the screen of each session.",
    ),
    key(
        "sessions.stop_seconds",
        whole(1, 600),
        "10",
        "Seconds sessions get to end when the node stops.",
    ),
    key(
        "retention.history_days",
        whole(0, 36_500),
        "365",
        "Days that ended sessions stay in the history. 0: for ever.",
    ),
    key(
        "retention.audit_days",
        whole(0, 36_500),
        "365",
        "Days that events stay in the audit trail. 0: for ever.",
    ),
    key(
        "targets.quick_connect",
        Kind::Flag,
        "false",
        "Users may open sessions to any address the policy below allows, not only to stored targets.",
    ),
    key(
        "targets.deny",
        Kind::List,
        "[\"0.0.0.0/8\", \"169.254.0.0/16\", \"168.63.129.16/32\", \"100.100.100.200/32\", \"192.0.0.192/32\", \"224.0.0.0/4\", \"255.255.255.255/32\", \"::/128\", \"fe80::/10\", \"fd00:ec2::254/128\", \"ff00::/8\"]",
        "Networks (CIDR) that are never dialled. The default refuses the metadata services of clouds,\nlink-local, unspecified and multicast addresses. Quick connect refuses loopback as well, but not to admins.",
    ),
    key(
        "targets.allow",
        Kind::List,
        "[]",
        "Networks (CIDR) that are dialled even where deny matches.",
    ),
    key(
        "log.format",
        Kind::Choice(&["text", "json"]),
        "\"text\"",
        "How log lines look: text for people, json for machines.",
    ),
    key(
        "log.level",
        Kind::Text,
        "\"info\"",
        "What is logged: error, warn, info, debug, trace, or a filter such as \"info,node::auth=debug\".",
    ),
];
