//! Certificates and keys from PEM files, as traffic and admin use them.

use crate::error::StartError;
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The protocols offered in ALPN (RFC 7301), the preferred one first.
pub const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
    /// The password of an encrypted PKCS#8 key.
    pub password: Option<String>,
}

/// Loads certificate and key and checks that they belong together.
pub fn load(files: &TlsFiles) -> Result<Arc<rustls::ServerConfig>, StartError> {
    let certificates =
        parse_certificates(&files.certificate, &read(&files.certificate, "certificate")?)?;
    let pem = read(&files.key, "key")?;
    let key = parse_key(&files.key, &pem, files.password.as_deref())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| StartError::new("TLS", e, "report this as a bug"))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|e| unusable_pair(files, &e))?;
    config.alpn_protocols = ALPN.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

fn unusable_pair(files: &TlsFiles, error: &rustls::Error) -> StartError {
    let what = format!("key {}", files.key.display());
    match error {
        rustls::Error::InconsistentKeys(_) => StartError::new(
            what,
            format!("does not belong to the certificate {}", files.certificate.display()),
            "give the key that the certificate was made for",
        ),
        other => StartError::new(
            what,
            other,
            "give an RSA, ECDSA (P-256, P-384) or Ed25519 key and its certificate",
        ),
    }
}

fn read(path: &Path, kind: &str) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|e| {
        StartError::new(
            format!("{kind} {}", path.display()),
            e,
            "check the path and the permissions",
        )
    })
}

fn parse_certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let what = || format!("certificate {}", path.display());
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(certificates) if certificates.is_empty() => Err(StartError::new(
            what(),
            "no certificate in it",
            "give a file with a BEGIN CERTIFICATE section",
        )),
        Ok(certificates) => Ok(certificates),
        Err(e) => Err(StartError::new(what(), e, "give a PEM file")),
    }
}

fn parse_key(
    path: &Path,
    pem: &[u8],
    password: Option<&str>,
) -> Result<PrivateKeyDer<'static>, StartError> {
    let fail = |why: &str, remedy: &str| {
        Err(StartError::new(format!("key {}", path.display()), why, remedy))
    };
    let text = String::from_utf8_lossy(pem);
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        // The format of OpenSSL before 1.0: its key derivation is a single MD5, which nobody should rely on.
        return fail(
            "encrypted in the legacy format",
            "convert it with `openssl pkcs8 -topk8 -in KEY -out NEW`",
        );
    }
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") {
        let Some(password) = password else {
            return fail(
                "encrypted",
                "give --server-key-password or UNDERSTUDY_SERVER_KEY_PASSWORD",
            );
        };
        return match decrypt(pem, password) {
            Ok(key) => Ok(key),
            Err(why) => fail(
                &why,
                "check the password; `openssl pkcs8 -topk8 -v2 aes-256-cbc` makes a key we can read",
            ),
        };
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => {
            fail("no private key in it", "give a PEM file with a BEGIN PRIVATE KEY section")
        }
        Err(e) => fail(&e.to_string(), "give a PEM file"),
    }
}

fn decrypt(pem: &[u8], password: &str) -> Result<PrivateKeyDer<'static>, String> {
    let der = encrypted_section(pem).ok_or("not readable as PEM")?;
    let info =
        pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).map_err(|e| e.to_string())?;
    let key = info
        .decrypt(password)
        .map_err(|_| "wrong password, or a cipher we do not support".to_owned())?;
    Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec())))
}

/// The content of the encrypted section, found by its label. The PEM reader of rustls skips labels that it does not know.
fn encrypted_section(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let start = text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----")?;
    let end_mark = "-----END ENCRYPTED PRIVATE KEY-----";
    let end = start + text[start..].find(end_mark)? + end_mark.len();
    // Read it as a plain key section: only the label differs, and the base64 is decoded for us.
    let relabelled = text[start..end].replace("ENCRYPTED PRIVATE KEY", "PRIVATE KEY");
    let section: (SectionKind, Vec<u8>) = PemObject::from_pem_slice(relabelled.as_bytes()).ok()?;
    Some(section.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair {
        dir: tempfile::TempDir,
    }

    impl Pair {
        fn new() -> Pair {
            Pair { dir: tempfile::tempdir().unwrap() }
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        }

        fn load(&self, certificate: &str, key: &str, password: Option<&str>) -> Result<(), String> {
            let certificate = self.write("crt.pem", certificate);
            let key = self.write("key.pem", key);
            load(&TlsFiles { certificate, key, password: password.map(str::to_owned) })
                .map(drop)
                .map_err(|e| e.to_string())
        }
    }

    fn made() -> (String, String, Vec<u8>) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem(), made.signing_key.serialize_der())
    }

    fn encrypted(der: &[u8], password: &str) -> String {
        let info = pkcs8::PrivateKeyInfoRef::try_from(der).unwrap();
        let salt = [7u8; 16];
        let params = pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
            2048, &salt, [9u8; 16],
        )
        .unwrap();
        let sealed = info.encrypt_with_params(params, password).unwrap();
        sealed.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap().to_string()
    }

    #[test]
    fn a_matching_pair_loads_and_offers_both_protocols() {
        let (certificate, key, _) = made();
        let pair = Pair::new();
        pair.load(&certificate, &key, None).unwrap();
        let files = TlsFiles {
            certificate: pair.dir.path().join("crt.pem"),
            key: pair.dir.path().join("key.pem"),
            password: None,
        };
        assert_eq!(load(&files).unwrap().alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }

    #[test]
    fn an_encrypted_key_needs_its_password() {
        let (certificate, _, der) = made();
        let key = encrypted(&der, "secret");
        let pair = Pair::new();
        pair.load(&certificate, &key, Some("secret")).unwrap();
        let wrong = pair.load(&certificate, &key, Some("guess")).unwrap_err();
        assert!(
            wrong.contains("wrong password") && wrong.contains("check the password"),
            "{wrong}"
        );
        let none = pair.load(&certificate, &key, None).unwrap_err();
        assert!(none.contains("encrypted; give --server-key-password"), "{none}");
    }

    #[test]
    fn every_other_failure_says_what_to_do() {
        let (certificate, key, _) = made();
        let (_, other_key, _) = made();
        let pair = Pair::new();
        let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        for (certificate, key, expected) in [
            (certificate.as_str(), other_key.as_str(), "does not belong to the certificate"),
            (certificate.as_str(), legacy, "openssl pkcs8 -topk8"),
            (certificate.as_str(), "nothing", "no private key in it"),
            ("nothing", key.as_str(), "no certificate in it"),
        ] {
            let error = pair.load(certificate, key, None).unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let files = TlsFiles {
            certificate: "/nowhere/crt.pem".into(),
            key: "/nowhere/key.pem".into(),
            password: None,
        };
        let error = load(&files).unwrap_err().to_string();
        assert!(error.starts_with("certificate /nowhere/crt.pem: No such file"), "{error}");
    }
}
