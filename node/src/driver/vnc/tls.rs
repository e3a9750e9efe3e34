//! TLS around a connection: any certificate is let in here, and judged by its fingerprint before
//! anything secret is said.
//!
//! VNC servers sign their own certificates, so there is no authority to ask. What is checked here
//! is that the server holds the certificate's key; `certificate` decides whether it is the right one.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// Sets TLS up; the certificate comes back for judgement.
pub(super) async fn begin(
    stream: TcpStream,
    host: &str,
) -> std::io::Result<(Box<TlsStream<TcpStream>>, CertificateDer<'static>)> {
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(algorithms)))
        .with_no_client_auth();
    // Names that are none (underscores) are not worth failing over: nobody checks them here.
    let name = ServerName::try_from(host.to_owned());
    config.enable_sni = name.is_ok();
    let name = match name {
        Ok(name) => name,
        Err(_) => ServerName::try_from("vnc").map_err(std::io::Error::other)?,
    };
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = Box::new(Box::pin(connecting).await?);
    let (_, session) = stream.get_ref();
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let shown = shown.map(|certificate| certificate.clone().into_owned());
    let certificate = shown.ok_or_else(|| std::io::Error::other("no certificate"))?;
    Ok((stream, certificate))
}
