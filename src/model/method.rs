//! The methods that can be provisioned.

use std::fmt;
use std::sync::OnceLock;

/// A method of the traffic interface: one of the five that every mock answers, or another one that a provision asked
/// for. Methods that are neither are answered 405 before anything is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method(u8);

/// How many methods beside the standard ones a process can know. With them a set of methods is one 64-bit word; the
/// IANA registry has about 40, and no name is ever forgotten, so the number must be bounded anyway.
pub const OTHER_METHODS_MAX: usize = 59;

const _: () = assert!(Method::ALL.len() + OTHER_METHODS_MAX == 64, "a set of methods is a u64");

/// Why a text cannot be used as a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// It is no token (RFC 9110 section 5.6.2).
    #[error("a method is one or more letters, digits or the marks of a token")]
    NotAToken,
    /// [`OTHER_METHODS_MAX`] others were registered before.
    #[error("there are {OTHER_METHODS_MAX} other methods already")]
    TooMany,
}

static OTHERS: Names = Names::new();

impl Method {
    /// POST
    pub const POST: Method = Method(0);
    /// GET
    pub const GET: Method = Method(1);
    /// PUT
    pub const PUT: Method = Method(2);
    /// DELETE
    pub const DELETE: Method = Method(3);
    /// HEAD
    pub const HEAD: Method = Method(4);

    /// The standard ones, in the order of the `allow` header.
    pub const ALL: [Method; 5] =
        [Method::POST, Method::GET, Method::PUT, Method::DELETE, Method::HEAD];

    /// The method of that name, if it is a standard one or was registered; names are case-sensitive (RFC 9110
    /// section 9.1).
    #[inline]
    pub fn parse(name: &[u8]) -> Option<Method> {
        match name {
            b"POST" => Some(Method::POST),
            b"GET" => Some(Method::GET),
            b"PUT" => Some(Method::PUT),
            b"DELETE" => Some(Method::DELETE),
            b"HEAD" => Some(Method::HEAD),
            other => Method::parse_other(other),
        }
    }

    #[cold]
    fn parse_other(name: &[u8]) -> Option<Method> {
        OTHERS.position(name).map(Method::other)
    }

    /// The method of that name, made known to [`Method::parse`] for the rest of the process's life.
    pub fn register(name: &str) -> Result<Method, MethodError> {
        if let Some(known) = Method::parse(name.as_bytes()) {
            return Ok(known);
        }
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(MethodError::NotAToken);
        }
        OTHERS.add(name).map(Method::other).ok_or(MethodError::TooMany)
    }

    fn other(position: usize) -> Method {
        Method((Method::ALL.len() + position) as u8)
    }

    /// The name, as it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::POST => "POST",
            Method::GET => "GET",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            Method(index) => OTHERS.name(usize::from(index) - Method::ALL.len()),
        }
    }

    /// All that were registered so far beside [`Method::ALL`].
    pub fn others() -> impl Iterator<Item = Method> {
        (0..OTHERS.len()).map(Method::other)
    }

    /// A number below 64 that no other method has in this process.
    #[inline]
    pub fn index(self) -> u8 {
        self.0
    }

    /// Is it one of [`Method::ALL`], which are answered 501 and not 405 without a provision?
    #[inline]
    pub fn is_standard(self) -> bool {
        usize::from(self.0) < Method::ALL.len()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `tchar` of RFC 9110 section 5.6.2.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Names that are only ever added, so that they are read without a lock.
struct Names([OnceLock<Box<str>>; OTHER_METHODS_MAX]);

impl Names {
    const fn new() -> Names {
        Names([const { OnceLock::new() }; OTHER_METHODS_MAX])
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        let known = self.0.iter().map_while(OnceLock::get);
        known.enumerate().find(|(_, known)| known.as_bytes() == name).map(|(position, _)| position)
    }

    fn len(&self) -> usize {
        self.0.iter().map_while(OnceLock::get).count()
    }

    /// Where the name stands now; `None` when there is no place left.
    fn add(&self, name: &str) -> Option<usize> {
        // Whoever else adds a name meanwhile takes a place; what stands there afterwards decides.
        self.0.iter().position(|place| &**place.get_or_init(|| name.into()) == name)
    }

    fn name(&self, position: usize) -> &str {
        self.0.get(position).and_then(OnceLock::get).map_or("", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_case_sensitive() {
        for (index, method) in Method::ALL.into_iter().enumerate() {
            assert_eq!(Method::parse(method.as_str().as_bytes()), Some(method));
            assert_eq!(Method::parse(method.as_str().to_lowercase().as_bytes()), None);
            assert_eq!(Method::register(method.as_str()), Ok(method));
            assert_eq!(usize::from(method.index()), index);
            assert!(method.is_standard());
        }
        assert_eq!(Method::parse(b"UNHEARD-OF"), None);
        assert_eq!(Method::parse(b""), None);
    }

    #[test]
    fn other_methods_are_known_once_registered() {
        assert_eq!(Method::parse(b"M-SEARCH"), None);
        let search = Method::register("M-SEARCH").unwrap();
        assert_eq!(Method::register("M-SEARCH"), Ok(search));
        assert_eq!(Method::parse(b"M-SEARCH"), Some(search));
        assert_eq!((search.as_str(), search.to_string()), ("M-SEARCH", "M-SEARCH".to_owned()));
        assert!(!search.is_standard() && search.index() < 64);
        for name in ["", "A B", "A/B", "A\r\n", "\u{e9}", "A(", "\""] {
            assert_eq!(Method::register(name), Err(MethodError::NotAToken), "{name:?}");
        }
    }

    #[test]
    fn places_are_bounded() {
        let names = Names::new();
        for n in 0..OTHER_METHODS_MAX {
            assert_eq!(names.add(&format!("X{n}")), Some(n));
        }
        assert_eq!(names.add("ONE-MORE"), None);
        assert_eq!(names.add("X7"), Some(7), "known ones are still found");
        assert_eq!(names.position(b"X58"), Some(58));
        assert_eq!(names.name(58), "X58");
    }
}
