//! Benchmarks of the parts in memory, without sockets: a file for each noun, all in one program, since linking it takes
//! longer than most of them.
//!
//! The names begin with that of the file: `cargo bench -- matching` measures one file, `cargo bench -- --test` runs each
//! benchmark once without measuring. Each asserts before it is measured that the thing does what its name says, so that
//! none measures how quickly something fails.

mod engine;
mod events;
mod frames;
mod hpack;
mod matching;
mod publish;
mod transform;

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

/// As in the server: what allocates is measured with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Short, because there are many; options on the command line override it.
fn configuration() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = benches;
    config = configuration();
    targets =
        hpack::decode, hpack::encoding, hpack::strings,
        frames::parse, frames::encode,
        engine::http2, engine::http1,
        matching::exact, matching::regex, matching::regex_replace, matching::normal_form,
        transform::sources, transform::filters, transform::targets, transform::bodies,
        transform::request_bodies,
        events::append, events::one_event, events::many_events, events::overview, events::delete,
        publish::one_more, publish::post, publish::post_array, publish::check, publish::listing
}
criterion_main!(benches);
