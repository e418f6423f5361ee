//! URIs: any target and filter. A clean location is clean, a parameter is found in what was normalised, and the short cut
//! for URIs in their normal form leaves no trace.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_model::matching::{clean, uri};
use understudy_model::{QueryFilter, UriScratch};

const FILTERS: [QueryFilter; 4] = [
    QueryFilter::SortAmpersand,
    QueryFilter::SortSemicolon,
    QueryFilter::PassBy,
    QueryFilter::Ignore,
];

fuzz_target!(|data: &[u8]| {
    if let Some(location) = clean::redirect(data) {
        assert_eq!(clean::redirect(&location), None, "{}", location.escape_ascii());
    }
    for filter in FILTERS {
        let (mut scratch, mut text, mut value) = (UriScratch::default(), String::new(), Vec::new());
        let normal = uri::normalise(data, filter, &mut scratch);
        let _ = uri::lossy(normal, &mut text);
        let _ = uri::parameter(data, filter, "a", &mut value);
    }
});
