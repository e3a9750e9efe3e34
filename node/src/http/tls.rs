//! TLS: certificate and key from PEM files, read again when they change, no connection dropped.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use metrics::counter;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;
use crate::metrics::TLS_RELOADS;
use crate::telemetry::chain;

/// Why certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or is not PEM.
    #[error("{path} cannot be read as PEM")]
    Pem {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// A file cannot be found or opened.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Certificate and key do not fit, or are of a kind we cannot use.
    #[error("certificate and key do not fit together")]
    Pair(#[source] rustls::Error),
    /// The certificate file holds no certificate.
    #[error("{path} holds no certificate")]
    Empty {
        /// The file.
        path: String,
    },
}

/// What tells one version of the files from the next.
type Version = [(SystemTime, u64); 2];

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    version: Version,
}

/// The certificate in force. New handshakes get the newest; connections keep theirs.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: Mutex<Current>,
}

impl Certificates {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// Files that are missing, not PEM, or do not fit together.
    pub fn open(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = Mutex::new(read(&files, &provider)?);
        Ok(Arc::new(Self {
            files,
            provider,
            current,
        }))
    }

    /// Reads the files again when they have changed; a broken pair keeps the old one in force.
    /// Answers whether a new certificate is in force.
    pub fn reload(&self) -> bool {
        let seen = self.with(|current| current.version);
        if version(&self.files).is_ok_and(|now| now == seen) {
            return false;
        }
        match read(&self.files, &self.provider) {
            Ok(new) => {
                self.with(|current| *current = new);
                counter!(TLS_RELOADS, "result" => "ok").increment(1);
                tracing::info!("Read the certificate again");
                true
            }
            Err(error) => {
                counter!(TLS_RELOADS, "result" => "failed").increment(1);
                tracing::error!(error = %chain(&error), "New certificate cannot be used; keeping the old one");
                false
            }
        }
    }

    /// The server's settings: TLS 1.2 and 1.3, no client certificates.
    ///
    /// # Errors
    /// Never with the versions compiled in.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        Ok(config)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Current) -> T) -> T {
        act(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.with(|current| Arc::clone(&current.key)))
    }
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<Current, TlsError> {
    let version = version(files)?;
    let pem = |path: &Path, source| TlsError::Pem {
        path: path.display().to_string(),
        source,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| pem(&files.cert, error))?;
    if chain.is_empty() {
        return Err(TlsError::Empty {
            path: files.cert.display().to_string(),
        });
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| pem(&files.key, error))?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Pair)?;
    Ok(Current {
        key: Arc::new(key),
        version,
    })
}

fn version(files: &TlsFiles) -> Result<Version, TlsError> {
    let of = |path: &Path| {
        let metadata = std::fs::metadata(path);
        metadata
            .and_then(|data| Ok((data.modified()?, data.len())))
            .map_err(|source| TlsError::File {
                path: path.display().to_string(),
                source,
            })
    };
    Ok([of(&files.cert)?, of(&files.key)?])
}
