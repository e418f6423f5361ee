//! Connections are spread over the workers. Seen through the library, whose counters say what no socket can.

use crate::support::deadline;
use clap::Parser;
use std::net::TcpStream;
use std::time::Instant;
use understudy::Running;
use understudy::cli::serve::ServeArgs;
use understudy::config::{Config, Machine};
use understudy::log::LogControl;

/// HTTP/2 clients have few connections and keep them, so even the first few must be spread.
const CONNECTIONS: usize = 4;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    serve: ServeArgs,
}

fn start(workers: usize) -> Running {
    let workers = workers.to_string();
    let mut typed =
        vec!["ct", "--bind-address", "127.0.0.1", "--server-port", "0", "--admin-port", "0"];
    typed.extend(["--worker-threads", &workers, "--disable-metrics"]);
    let driver = std::env::var("UNDERSTUDY_CT_DRIVER");
    if let Ok(driver) = &driver {
        typed.extend(["--driver", driver]);
    }
    let typed = Typed::parse_from(typed).serve;
    let log = LogControl::detached("Warning".parse().unwrap());
    understudy::start(&Config::new(&typed, &Machine::prepare()).unwrap(), log).unwrap()
}

/// How many connections each worker took, once all have been taken.
fn taken(running: &Running) -> Vec<u64> {
    let until = deadline();
    loop {
        let taken: Vec<u64> =
            running.workers().stats().iter().map(|s| s.connections.get()).collect();
        if taken.iter().sum::<u64>() == CONNECTIONS as u64 {
            return taken;
        }
        assert!(Instant::now() < until, "taken: {taken:?}");
        std::thread::yield_now();
    }
}

#[test]
fn four_connections_land_on_as_many_workers_as_there_are() {
    for workers in [1, 2, 3, 4, 6] {
        for _ in 0..4 {
            let running = start(workers);
            let address = running.traffic_address();
            let connections: Vec<_> =
                (0..CONNECTIONS).map(|_| TcpStream::connect(address).unwrap()).collect();
            let mut taken = taken(&running);
            let used = taken.iter().filter(|&&n| n > 0).count();
            assert_eq!(used, CONNECTIONS.min(workers), "{taken:?}");
            // And evenly: none has two more than another.
            taken.sort_unstable();
            assert!(taken[workers - 1] - taken[0] <= 1, "{taken:?}");
            drop(connections);
            running.drain();
        }
    }
}
