//! Provisions: any document, and the first line of the input as the document, the rest as the body of a request that
//! its program is run for. Nothing panics, and the body that comes out is JSON or text.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use understudy_model::json::{self, Value};
use understudy_model::transform::{EventAddress, Request, Scratch, Skip, Surroundings};
use understudy_model::{Provision, QueryFilter};

struct World(TimeZone);

impl Surroundings for World {
    fn now_ns(&self) -> i128 {
        1_615_562_841_123_456_789
    }

    fn zone(&self) -> &TimeZone {
        &self.0
    }

    fn random(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high);
        low
    }

    fn event(&self, address: &EventAddress<'_>) -> Option<Value> {
        json::parse(address.path.as_bytes()).ok()
    }

    fn check_field(&self, _: &str, _: &str) -> Result<(), &'static str> {
        Ok(())
    }

    fn skipped(&mut self, _item: usize, reason: &Skip<'_>) {
        assert!(!reason.to_string().is_empty());
    }
}

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (document, rest) = data.split_at(end);
    let Ok(document) = json::parse(document) else { return };
    let Ok(provision) = Provision::parse(&document) else { return };
    let Some(program) = &provision.program else { return };
    let uri = String::from_utf8_lossy(&rest[..rest.len().min(20)]);
    let request = Request {
        uri: &uri,
        target: rest,
        query_filter: QueryFilter::SortAmpersand,
        fields: &(),
        body: rest.get(1..).unwrap_or_default(),
        in_state: "initial",
        sequence: u64::MAX,
    };
    let (mut scratch, mut body) = (Scratch::default(), Vec::new());
    let mut world = World(TimeZone::UTC);
    let first = program.run(&request, &mut world, &mut scratch, &mut body);
    let mut again = Vec::new();
    let second = program.run(&request, &mut world, &mut scratch, &mut again);
    assert_eq!((first, body), (second, again), "what one run leaves must not change the next");
});
