//! The static table (RFC 7541 appendix A).

use crate::head::FieldKind;

/// Entries of the static table; the index of the newest dynamic entry is one more (RFC 7541 section 2.3.3).
pub(super) const STATIC_ENTRIES: usize = 61;

/// One entry: name and value in one piece, so that both are copied at once.
pub(super) struct StaticEntry {
    pub(super) text: &'static str,
    pub(super) name_len: u8,
    pub(super) kind: FieldKind,
}

/// What the table knows about a field; indices count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Name and value.
    Field(usize),
    /// The name only.
    Name(usize),
    /// Nothing.
    None,
}

impl StaticEntry {
    pub(super) fn name(&self) -> &'static [u8] {
        &self.text.as_bytes()[..usize::from(self.name_len)]
    }

    fn value(&self) -> &'static [u8] {
        &self.text.as_bytes()[usize::from(self.name_len)..]
    }
}

macro_rules! entries {
    ($($name:literal $value:literal $kind:ident,)*) => {
        [$(StaticEntry {
            text: concat!($name, $value),
            name_len: $name.len() as u8,
            kind: FieldKind::$kind,
        },)*]
    };
}

/// Index 1 is the first. Entries of the same name stand together, [`find`] relies on it.
pub(super) static STATIC_TABLE: [StaticEntry; STATIC_ENTRIES] = entries![
    ":authority" "" Authority,
    ":method" "GET" Method,
    ":method" "POST" Method,
    ":path" "/" Path,
    ":path" "/index.html" Path,
    ":scheme" "http" Scheme,
    ":scheme" "https" Scheme,
    ":status" "200" Status,
    ":status" "204" Status,
    ":status" "206" Status,
    ":status" "304" Status,
    ":status" "400" Status,
    ":status" "404" Status,
    ":status" "500" Status,
    "accept-charset" "" Regular,
    "accept-encoding" "gzip, deflate" Regular,
    "accept-language" "" Regular,
    "accept-ranges" "" Regular,
    "accept" "" Regular,
    "access-control-allow-origin" "" Regular,
    "age" "" Regular,
    "allow" "" Regular,
    "authorization" "" Regular,
    "cache-control" "" Regular,
    "content-disposition" "" Regular,
    "content-encoding" "" Regular,
    "content-language" "" Regular,
    "content-length" "" ContentLength,
    "content-location" "" Regular,
    "content-range" "" Regular,
    "content-type" "" Regular,
    "cookie" "" Regular,
    "date" "" Regular,
    "etag" "" Regular,
    "expect" "" Expect,
    "expires" "" Regular,
    "from" "" Regular,
    "host" "" Host,
    "if-match" "" Regular,
    "if-modified-since" "" Regular,
    "if-none-match" "" Regular,
    "if-range" "" Regular,
    "if-unmodified-since" "" Regular,
    "last-modified" "" Regular,
    "link" "" Regular,
    "location" "" Regular,
    "max-forwards" "" Regular,
    "proxy-authenticate" "" Regular,
    "proxy-authorization" "" Regular,
    "range" "" Regular,
    "referer" "" Regular,
    "refresh" "" Regular,
    "retry-after" "" Regular,
    "server" "" Regular,
    "set-cookie" "" Regular,
    "strict-transport-security" "" Regular,
    "transfer-encoding" "" ConnectionSpecific,
    "user-agent" "" Regular,
    "vary" "" Regular,
    "via" "" Regular,
    "www-authenticate" "" Regular,
];

/// Slots of the name index: twice the entries, so that most names are found where they are looked for first.
const NAME_SLOTS: usize = 128;

/// The first index of each name, by [`slot_of`] the name and on to the next free slot; 0 is free.
static FIRST_BY_NAME: [u8; NAME_SLOTS] = {
    let mut slots = [0; NAME_SLOTS];
    let mut i = 0;
    while i < STATIC_ENTRIES {
        let name = STATIC_TABLE[i].text.as_bytes().split_at(STATIC_TABLE[i].name_len as usize).0;
        let mut slot = slot_of(name);
        while slots[slot] != 0 && !same(name, slots[slot]) {
            slot = (slot + 1) % NAME_SLOTS;
        }
        if slots[slot] == 0 {
            slots[slot] = i as u8 + 1;
        }
        i += 1;
    }
    slots
};

const fn slot_of(name: &[u8]) -> usize {
    match name {
        [] => 0,
        [first, .., last] => {
            (name.len() * 5 + *first as usize * 3 + *last as usize * 17) % NAME_SLOTS
        }
        [only] => *only as usize % NAME_SLOTS,
    }
}

const fn same(name: &[u8], index: u8) -> bool {
    let entry = &STATIC_TABLE[index as usize - 1];
    let (text, mut i) = (entry.text.as_bytes(), 0);
    while i < name.len() && i < entry.name_len as usize && name[i] == text[i] {
        i += 1;
    }
    i == name.len() && i == entry.name_len as usize
}

/// Looks a field up.
pub(super) fn find(name: &[u8], value: &[u8]) -> Match {
    let mut slot = slot_of(name);
    loop {
        let index = usize::from(FIRST_BY_NAME[slot]);
        if index == 0 {
            return Match::None;
        }
        if STATIC_TABLE[index - 1].name() == name {
            let with_name = STATIC_TABLE[index - 1..].iter().take_while(|e| e.name() == name);
            return match with_name.zip(index..).find(|(e, _)| e.value() == value) {
                Some((_, index)) => Match::Field(index),
                None => Match::Name(index),
            };
        }
        slot = (slot + 1) % NAME_SLOTS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::value_is_valid;

    #[test]
    fn entries_stand_where_appendix_a_has_them() {
        for (index, name, value) in [
            (1, ":authority", ""),
            (2, ":method", "GET"),
            (8, ":status", "200"),
            (14, ":status", "500"),
            (15, "accept-charset", ""),
            (16, "accept-encoding", "gzip, deflate"),
            (32, "cookie", ""),
            (55, "set-cookie", ""),
            (58, "user-agent", ""),
            (61, "www-authenticate", ""),
        ] {
            let entry = &STATIC_TABLE[index - 1];
            assert_eq!(
                (entry.name(), entry.value()),
                (name.as_bytes(), value.as_bytes()),
                "{index}"
            );
        }
    }

    #[test]
    fn kinds_are_those_of_the_names_and_values_are_valid() {
        for entry in &STATIC_TABLE {
            assert_eq!(entry.kind, FieldKind::of(entry.name()), "{}", entry.text);
            assert!(value_is_valid(entry.value()), "{}", entry.text);
        }
    }

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        for (entry, index) in STATIC_TABLE.iter().zip(1..) {
            assert_eq!(find(entry.name(), entry.value()), Match::Field(index));
            let first = STATIC_TABLE.iter().position(|e| e.name() == entry.name()).unwrap() + 1;
            assert_eq!(find(entry.name(), b"something else"), Match::Name(first));
            assert_eq!(find(&entry.name()[1..], entry.value()), Match::None, "{}", entry.text);
        }
        assert_eq!(find(b"", b""), Match::None);
        assert_eq!(find(b"x", b""), Match::None);
    }
}
