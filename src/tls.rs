//! Whom to believe over TLS: nodes, databases and upstreams with a certificate of an authority that
//! the system trusts, or of one that the owner names. Verification can't be turned off.

use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that are believed.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why there are no authorities to believe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file can't be read, or is not PEM.
    #[error("the certificates in {} can't be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file holds no certificate, or one that is no authority's.
    #[error("{} holds no certificate of an authority", .0.display())]
    NoAuthority(PathBuf),
    /// The cryptography of this build can't do TLS.
    #[error("TLS can't be used: {0}")]
    Unusable(String),
}

impl Trust {
    /// The authorities that the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others). A
    /// system without any makes every connection over TLS fail.
    pub fn system() -> Result<Self, TrustError> {
        Self::new(None)
    }

    /// Those of the system and, if a PEM file is named, those in it. A server's own certificate,
    /// signed by itself, is believed if it is in the file and names the server.
    pub fn new(file: Option<&Path>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        // What of the system's can't be used is left out, as everywhere.
        roots.add_parsable_certificates(system.certs);
        if let Some(file) = file {
            add(&mut roots, file)?;
        }
        let unusable = |error: rustls::Error| TrustError::Unusable(error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// For a client of its own.
    #[cfg(feature = "postgres")]
    pub(crate) fn config(&self) -> ClientConfig {
        (*self.0).clone()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

/// Connects to `http://` and, over TLS, to `https://`.
pub(crate) fn connector(mut plain: HttpConnector, trust: &Trust) -> HttpsConnector<HttpConnector> {
    plain.enforce_http(false);
    HttpsConnectorBuilder::new()
        .with_tls_config((*trust.0).clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(plain)
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), TrustError> {
    let unreadable = |reason: rustls::pki_types::pem::Error| TrustError::Unreadable {
        file: file.to_owned(),
        reason: reason.to_string(),
    };
    let none = || TrustError::NoAuthority(file.to_owned());
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        let certificate = certificate.map_err(unreadable)?;
        roots.add(certificate).map_err(|_| none())?;
    }
    if roots.len() == before {
        return Err(none());
    }
    Ok(())
}
