//! Certificates for `localhost`, made for each run, and TLS clients that trust them.

use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A key and its certificate in files that live as long as this value.
pub(crate) struct Certificate {
    pub(crate) key: PathBuf,
    pub(crate) crt: PathBuf,
    _directory: TempDir,
}

impl Certificate {
    /// A fresh self-signed certificate for `localhost` and `127.0.0.1`.
    pub(crate) fn generate() -> Certificate {
        let names = ["localhost", "127.0.0.1"].map(String::from);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let (key, crt) = (directory.path().join("server.key"), directory.path().join("server.crt"));
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::write(&crt, made.cert.pem()).unwrap();
        Certificate { key, crt, _directory: directory }
    }

    /// The arguments that make the server use it.
    pub(crate) fn args(&self) -> [&str; 4] {
        ["--server-key", self.key.to_str().unwrap(), "--server-crt", self.crt.to_str().unwrap()]
    }
}

/// A client that trusts the certificate in `crt` and offers `alpn`.
pub(crate) fn client_config(crt: &Path, alpn: &[&str]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(crt).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}
