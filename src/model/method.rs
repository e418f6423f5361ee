//! The methods that can be provisioned.

use std::fmt;

/// A method of the traffic interface. Every other one is answered 405 before anything is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Method {
    /// POST
    Post,
    /// GET
    Get,
    /// PUT
    Put,
    /// DELETE
    Delete,
    /// HEAD
    Head,
}

impl Method {
    /// All of them, in the order of the `allow` header.
    pub const ALL: [Method; 5] =
        [Method::Post, Method::Get, Method::Put, Method::Delete, Method::Head];

    /// The method of that name; names are case-sensitive (RFC 9110 section 9.1).
    #[inline]
    pub fn parse(name: &[u8]) -> Option<Method> {
        match name {
            b"POST" => Some(Method::Post),
            b"GET" => Some(Method::Get),
            b"PUT" => Some(Method::Put),
            b"DELETE" => Some(Method::Delete),
            b"HEAD" => Some(Method::Head),
            _ => None,
        }
    }

    /// The name, as it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_case_sensitive() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str().as_bytes()), Some(method));
            assert_eq!(Method::parse(method.as_str().to_lowercase().as_bytes()), None);
        }
        assert_eq!(Method::parse(b"PATCH"), None);
        assert_eq!(Method::parse(b""), None);
    }
}
