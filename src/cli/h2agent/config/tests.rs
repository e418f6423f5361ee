//! What the options of h2agent come to, and the lines about those that cannot work.

use super::super::options::{Asked, parse};
use super::*;
use std::path::PathBuf;
use understudy_model::events::Storage;

fn machine() -> Machine {
    Machine { cpus: vec![0, 1, 2], descriptors: 1000, memory_bytes: 4 << 30 }
}

fn config(typed: &[&str]) -> Result<Config, String> {
    let words: Vec<_> = std::iter::once(&"h2agent").chain(typed).map(Into::into).collect();
    match parse(&words) {
        Ok(Asked::Serve(options)) => complete(&options, &machine()),
        other => panic!("{typed:?}: {other:?}"),
    }
}

#[test]
fn nothing_typed_serves_on_the_usual_ports_with_everything_stored() {
    let config = config(&[]).unwrap();
    assert_eq!(config.traffic, "0.0.0.0:8000".parse().unwrap());
    assert_eq!(config.admin, "0.0.0.0:8074".parse().unwrap());
    assert_eq!(config.worker_cpus.len(), 3);
    assert_eq!(config.storage, Storage { events: true, history: true });
    assert_eq!(config.server_data_bytes_max, 2 << 30);
    let metrics = config.prometheus.unwrap();
    assert_eq!((metrics.port, metrics.source.as_str()), (8080, "h2agent"));
    assert!(config.tls.is_none() && !config.secure_admin);
}

#[test]
fn worker_threads_below_1_are_the_default_and_beyond_our_bound_the_bound() {
    for (typed, expected) in [("0", 3), ("-5", 3), ("1", 1), ("7x", 7), ("100000", WORKERS_MAX)] {
        assert_eq!(config(&["-w", typed]).unwrap().worker_cpus.len(), expected, "{typed}");
    }
}

#[test]
fn server_threads_are_taken_unless_0() {
    for typed in ["1", "-1", "64"] {
        config(&["-t", typed]).unwrap();
    }
    for typed in ["0", "4294967296"] {
        assert!(config(&["-t", typed]).unwrap_err().contains("--server-threads"), "{typed}");
    }
}

#[test]
fn tls_needs_key_and_certificate_else_both_are_left_out() {
    for typed in [&["-k", "k"][..], &["-c", "c"], &["-s"], &["-s", "-c", "c"]] {
        let config = config(typed).unwrap();
        assert!(config.tls.is_none() && !config.secure_admin, "{typed:?}");
    }
    let both =
        config(&["-k", "k", "-c", "c", "--server-key-password", "open sesame", "-s"]).unwrap();
    let files = both.tls.unwrap();
    assert_eq!((files.key, files.certificate), (PathBuf::from("k"), PathBuf::from("c")));
    assert_eq!(files.password.as_deref(), Some("open sesame"));
    assert!(both.secure_admin);
    assert!(!config(&["-k", "k", "-c", "c"]).unwrap().secure_admin);
}

#[test]
fn addresses() {
    assert_eq!(config(&["--ipv6"]).unwrap().traffic, "[::]:8000".parse().unwrap());
    assert_eq!(config(&["-b", "127.0.0.1"]).unwrap().admin, "127.0.0.1:8074".parse().unwrap());
    assert_eq!(config(&["--ipv6", "-b", "::1"]).unwrap().admin, "[::1]:8074".parse().unwrap());
}

#[test]
fn ports_are_read_by_the_resolver() {
    for (typed, expected) in [("0", 0), ("9", 9), ("65535", 65535), ("70000", 4464), ("08", 8)] {
        assert_eq!(config(&["-p", typed]).unwrap().traffic.port(), expected, "{typed}");
        assert_eq!(config(&["-a", typed]).unwrap().admin.port(), expected, "{typed}");
    }
    for typed in ["abc", "", "-1", "80x", "+80", "99999999999999999999"] {
        assert_eq!(
            config(&["-p", typed]).unwrap_err(),
            format!("Initialization error in MockHttp2Server (0.0.0.0:{typed}): Service not found")
        );
        assert_eq!(
            config(&["-a", typed, "--ipv6"]).unwrap_err(),
            format!("Initialization error in AdminHttp2Server ([::]:{typed}): Service not found")
        );
    }
}

#[test]
fn both_interfaces_cannot_have_one_port() {
    assert_eq!(
        config(&["-a", "9000", "-p", "9000"]).unwrap_err(),
        "Initialization error in MockHttp2Server (0.0.0.0:9000): Address already in use"
    );
}

#[test]
fn start_up_files_are_handed_on() {
    let typed = [
        "--server-request-schema",
        "s.json",
        "--server-matching",
        "m.json",
        "--server-provision",
        "p.json",
    ];
    let config = config(&typed).unwrap();
    assert_eq!(config.request_schema, Some("s.json".into()));
    assert_eq!(config.matching, Some("m.json".into()));
    assert_eq!(config.provision, Some("p.json".into()));
}

#[test]
fn discarding_the_data_implies_discarding_the_history() {
    for (typed, events, history) in [
        (&["--discard-server-data"][..], false, false),
        (&["--discard-server-data-requests-history"], true, false),
        (&["--discard-data", "--discard-data-key-history"], false, false),
    ] {
        assert_eq!(config(typed).unwrap().storage, Storage { events, history }, "{typed:?}");
    }
    let bounded = config(&["--server-data-max-bytes", "256M"]).unwrap();
    assert_eq!(bounded.server_data_bytes_max, 256 << 20);
}

#[test]
fn metrics_have_a_port_unless_switched_off() {
    let port = |typed: &[&str]| config(typed).unwrap().prometheus.map(|metrics| metrics.port);
    assert_eq!(port(&["--prometheus-port", "-1"]), None);
    assert_eq!(port(&["--prometheus-port", "0"]), Some(0));
    assert_eq!(port(&["--prometheus-port", "9090"]), Some(9090));
    assert_eq!(port(&["--disable-metrics", "--prometheus-port", "x"]), None);
    for typed in ["x", "-2", "70000", ""] {
        let line =
            format!("Initialization error in prometheus interface (0.0.0.0:{typed}). Exiting ...");
        assert_eq!(config(&["--prometheus-port", typed]).unwrap_err(), line);
    }
}

#[test]
fn histogram_boundaries_are_lists_by_blanks_or_commas_and_must_be_sorted() {
    let delay = "--prometheus-response-delay-seconds-histogram-boundaries";
    let size = "--prometheus-message-size-bytes-histogram-boundaries";
    let read = config(&[delay, "0.001 0.1", size, "100,2e2"]).unwrap().prometheus.unwrap();
    assert_eq!(read.delay_bounds_s.values(), [0.001, 0.1]);
    assert_eq!(read.size_bounds_bytes.values(), [100.0, 200.0]);
    // Up to the first thing that is no number; text is no list at all.
    let read = config(&[delay, "1 2 x 0", size, "none"]).unwrap().prometheus.unwrap();
    assert_eq!(read.delay_bounds_s.values(), [1.0, 2.0]);
    assert!(read.size_bounds_bytes.values().is_empty());
    for option in [delay, size] {
        for typed in ["2 1", "1 1"] {
            let line = config(&[option, typed]).unwrap_err();
            assert!(line.contains(option) && line.contains("strictly sorted"), "{line}");
        }
    }
}
