//! A relay between driver and server that changes which encoding the driver asks for first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A relay for one connection; it ends when dropped.
pub(crate) struct Relay {
    pub(crate) port: u16,
    has_changed: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Passes bytes on to `server`, with `encoding` where Tight is asked for.
    pub(crate) async fn to(server: u16, encoding: u8) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let has_changed = Arc::new(AtomicBool::new(false));
        let changed = Arc::clone(&has_changed);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            pass(client, server, encoding, &changed).await;
        });
        Self {
            port,
            has_changed,
            _tasks: tasks,
        }
    }
}

impl Relay {
    /// Whether the list of encodings has passed.
    pub(crate) fn has_changed(&self) -> bool {
        self.has_changed.load(Ordering::Relaxed)
    }
}

async fn pass(client: TcpStream, server: TcpStream, encoding: u8, changed: &AtomicBool) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let down = async { drop(copy(&mut from_server, &mut to_client).await) };
    let up = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            // Tight and ZRLE, the first two of the list; messages come whole on this machine.
            let list = [0, 0, 0, 7, 0, 0, 0, 16];
            let found = buffer[..count].windows(8).position(|window| window == list);
            if let Some(at) = found {
                buffer[at + 3] = encoding;
                changed.store(true, Ordering::Relaxed);
            }
            if to_server.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(down, up);
}
