//! Where the load goes.

use crate::limits::CONNECT_TIMEOUT;
use crate::script::Script;
use anyhow::{Result, anyhow, bail};
use std::fmt;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

/// A URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// TLS.
    pub is_secure: bool,
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port, stated or that of the scheme.
    pub port: u16,
    /// What goes into `:authority` or `host`: as it was typed.
    pub authority: String,
    /// Path and query, `/` when there is none.
    pub path: String,
}

impl Target {
    /// The parts of a URL (RFC 3986 section 3); a fragment is not sent.
    pub fn parse(url: &str) -> Result<Target, String> {
        let wanted = "right would be http://host:port/path or https://host/path";
        let uri: http::Uri = url.parse().map_err(|error| format!("no URL ({error}); {wanted}"))?;
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(other) => return Err(format!("scheme {other:?} is not supported; {wanted}")),
            None => return Err(format!("no scheme; {wanted}")),
        };
        let authority = uri.authority().ok_or_else(|| format!("no host; {wanted}"))?;
        if authority.as_str().contains('@') {
            return Err(
                "user and password in a URL are not sent; use -H 'authorization: ...'".to_owned()
            );
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let default_port = if is_secure { 443 } else { 80 };
        let port = match (authority.port_u16(), authority.as_str().rsplit_once(':')) {
            (Some(port), _) => port,
            (None, Some((_, port))) if !port.contains(']') => {
                return Err(format!("port {port:?}; right would be 1 to 65535"));
            }
            (None, _) => default_port,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Target { is_secure, host, port, authority: authority.as_str().to_owned(), path })
    }

    /// Where a script wants to go.
    pub fn of_script(script: &Script) -> Target {
        let (host, port) = script.target();
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Target {
            is_secure: script.is_secure(),
            host: host.to_owned(),
            port,
            authority: format!("{bracketed}:{port}"),
            path: "/".to_owned(),
        }
    }

    /// The address to connect to: the only one, or the first of several that takes a connection.
    pub fn resolve(&self) -> Result<SocketAddr> {
        let host = &self.host;
        let addresses: Vec<SocketAddr> = (host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| anyhow!("{host}: {error}; is the name right?"))?
            .collect();
        let (only, others) = match addresses.split_first() {
            Some((first, others)) => (*first, others),
            None => bail!("{host}: it has no address"),
        };
        if others.is_empty() {
            return Ok(only);
        }
        let mut last_error = None;
        for address in addresses {
            match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                Ok(_) => return Ok(address),
                Err(error) => last_error = Some(anyhow!("{address}: {error}")),
            }
        }
        Err(last_error.unwrap_or_else(|| anyhow!("{host}: it has no address")))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_apart() {
        for (url, is_secure, host, port, path) in [
            ("http://a", false, "a", 80, "/"),
            ("https://a", true, "a", 443, "/"),
            ("http://127.0.0.1:8000/x/y?a=b#c", false, "127.0.0.1", 8000, "/x/y?a=b"),
            ("http://[::1]:81/x", false, "::1", 81, "/x"),
            ("https://[::1]/", true, "::1", 443, "/"),
            ("http://a:1?q=1", false, "a", 1, "/?q=1"),
        ] {
            let target = Target::parse(url).unwrap();
            let parts = (target.is_secure, target.host.as_str(), target.port, target.path.as_str());
            assert_eq!(parts, (is_secure, host, port, path), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_with_the_reason() {
        for (url, part) in [
            ("", "no URL"),
            ("127.0.0.1:8000", "no"),
            ("localhost", "no scheme"),
            ("ftp://a/", "ftp"),
            ("http://a:99999/", "port"),
            ("http://a:x/", ""),
            ("http://u:p@a/", "authorization"),
            ("http:///x", ""),
        ] {
            let error = Target::parse(url).unwrap_err();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
