//! Certificates that are made for each run.

use super::{directory, file};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A certificate that signs itself.
pub(crate) struct Certificate {
    /// It, as PEM.
    pub(crate) file: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key_pem: String,
    _directory: TempDir,
}

impl Certificate {
    /// Of a server that is called so; addresses are names as well.
    pub(crate) fn of(names: &[&str]) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let directory = directory();
        Certificate {
            file: file(&directory, "server.crt", made.cert.pem()),
            chain: vec![made.cert.der().clone()],
            key_pem: made.signing_key.serialize_pem(),
            _directory: directory,
        }
    }

    /// What a server needs that agrees to one of these protocols.
    pub(super) fn acceptor(&self, alpn: &[&str]) -> tokio_rustls::TlsAcceptor {
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        tokio_rustls::TlsAcceptor::from(Arc::new(config))
    }
}
