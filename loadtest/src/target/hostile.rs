//! Machines that misbehave: listeners that speak the wrong thing, garbage, or stop half way.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How a listener misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Accepts and says nothing, ever.
    Silent,
    /// Speaks HTTP.
    Http,
    /// Sends random bytes without end.
    Garbage,
    /// Sends a banner line without end.
    EndlessBanner,
    /// Sends a proper SSH banner and then nothing.
    StopsAfterBanner,
    /// Sends a proper banner and half a key exchange packet, then nothing.
    StopsMidHandshake,
    /// Sends a proper banner, then a packet that claims to be four gigabytes long.
    HugePacket,
    /// Closes at once.
    Closes,
}

/// Every behaviour, for tests that go through all of them.
pub const ALL: [Behaviour; 8] = [
    Behaviour::Silent,
    Behaviour::Http,
    Behaviour::Garbage,
    Behaviour::EndlessBanner,
    Behaviour::StopsAfterBanner,
    Behaviour::StopsMidHandshake,
    Behaviour::HugePacket,
    Behaviour::Closes,
];

/// A listener that misbehaves until it is dropped.
#[derive(Debug)]
pub struct Hostile {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Hostile {
    /// Listens on loopback, on a port of the operating system's choice.
    ///
    /// # Errors
    /// No port can be bound.
    pub async fn start(behaviour: Behaviour) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut callers = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                callers.spawn(misbehave(stream, behaviour));
            }
        });
        Ok(Self {
            address,
            _tasks: tasks,
        })
    }

    /// Port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }
}

async fn misbehave(mut stream: TcpStream, behaviour: Behaviour) {
    // The caller hanging up is how every one of these ends.
    let _hung_up = act(&mut stream, behaviour).await;
}

async fn act(stream: &mut TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    const BANNER: &[u8] = b"SSH-2.0-OpenSSH_9.2p1\r\n";
    match behaviour {
        Behaviour::Closes => return Ok(()),
        Behaviour::Silent => {}
        Behaviour::Http => {
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                .await?;
        }
        Behaviour::Garbage => return flood(stream, None).await,
        Behaviour::EndlessBanner => return flood(stream, Some(b'a')).await,
        Behaviour::StopsAfterBanner => stream.write_all(BANNER).await?,
        Behaviour::StopsMidHandshake => {
            stream.write_all(BANNER).await?;
            // Packet of 1 KiB, padding 8, SSH_MSG_KEXINIT, half a cookie (RFC 4253 §6, §7.1).
            stream.write_all(&[0, 0, 4, 0, 8, 20, 1, 2, 3, 4]).await?;
        }
        Behaviour::HugePacket => {
            stream.write_all(BANNER).await?;
            stream.write_all(&[0xff; 64]).await?;
        }
    }
    wait_for_hang_up(stream).await
}

/// Sends `fill`, or random bytes, as long as the caller takes them.
async fn flood(stream: &mut TcpStream, fill: Option<u8>) -> std::io::Result<()> {
    let mut block = [fill.unwrap_or(0); 4096];
    loop {
        if fill.is_none() {
            getrandom::fill(&mut block).map_err(std::io::Error::other)?;
        }
        stream.write_all(&block).await?;
        // A pace that fills no disk and melts no processor.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn wait_for_hang_up(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut sink = [0; 4096];
    while stream.read(&mut sink).await? > 0 {}
    Ok(())
}
