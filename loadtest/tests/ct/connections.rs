//! Connections that end, and servers that are gone.

use crate::support::{
    Behaviour, Outcome, RawServer, Reply, Server, Speaks, loadtest, read_head, take_ms,
};
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[test]
fn a_connection_that_is_cut_is_made_anew() {
    let behaviour = Behaviour { cut_after: Some(7), ..Behaviour::of(Speaks::Http2) };
    // Nothing is answered on the connection that is cut.
    let server = Server::start(behaviour, |asked| match asked.connection {
        0 => Reply::Never,
        _ => Reply::text("x"),
    });
    let run = loadtest(&["-n", "50", "-m", "7", "--json", &server.url("/")]);
    run.expect_counts(50, 43, 43, &[("lost", 7)]);
    assert_eq!(run.code, Some(0));
    assert_eq!(server.connections(), 2);
    let connections = serde_json::json!({"established": 2, "refused": 0, "lost": 1});
    assert_eq!(run.json()["connections"], connections);
}

/// Those that wait when the server says goodbye are answered, and the next ones go elsewhere. In the open loop those that
/// are due meanwhile wait for the next connection.
#[test]
fn a_server_that_says_goodbye_makes_no_failures() {
    for load in [&["-n", "100", "-m", "3"][..], &["-r", "200", "-t", "500ms", "-m", "20"]] {
        let behaviour = Behaviour { goaway_after: Some(10), ..Behaviour::of(Speaks::Http2) };
        let server = Server::start_async(behaviour, |_| async {
            take_ms(20).await;
            Reply::text("x")
        });
        let run = loadtest(&[load, &["--json", &server.url("/")]].concat());
        run.expect_all_good(100);
        assert_eq!(server.count(), 100);
        assert!((2..=10).contains(&server.connections()), "{}", server.connections());
        assert_eq!(run.json()["connections"]["lost"], 0);
    }
}

#[test]
fn a_server_may_close_after_each_answer() {
    let behaviour = Behaviour { close_each: true, ..Behaviour::of(Speaks::Http1) };
    let server = Server::start(behaviour, |_| Reply::text("x"));
    let url = server.url("/");
    let run = loadtest(&["-n", "60", "-c", "2", "--http1", "--json", &url]);
    run.expect_all_good(60);
    assert_eq!(server.count(), 60);
    assert!((60..=62).contains(&server.connections()), "{}", server.connections());
    assert_eq!(run.json()["connections"]["lost"], 0);
    // A request that is due while the next connection is being made waits for it.
    let run = loadtest(&["-r", "400", "-t", "500ms", "--http1", "--json", &url]);
    run.expect_all_good(200);
}

/// HTTP/1.0, whose connections end with each answer unless both sides say otherwise.
#[test]
fn an_old_server_is_understood() {
    let server = RawServer::start(|mut stream, _| {
        read_head(&mut BufReader::new(stream.try_clone()?))?;
        stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")
    });
    let run = loadtest(&["-n", "5", "--http1", "--json", &server.url()]);
    run.expect_all_good(5);
    assert_eq!(run.json()["traffic"]["body_bytes"], 15);
}

/// Answers one request for each connection, and takes no connection for 300 ms after the third.
#[test]
fn a_server_that_refuses_for_a_while_is_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let mut listener = Some(listener);
        for number in 0..6 {
            let open = listener.take().unwrap_or_else(|| bind_again(address));
            let (mut stream, _) = open.accept().unwrap();
            read_head(&mut BufReader::new(stream.try_clone().unwrap())).unwrap();
            let down_until = Instant::now() + Duration::from_millis(300);
            if number == 2 {
                drop(open);
            } else {
                listener = Some(open);
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            if number == 2 {
                while Instant::now() < down_until {
                    std::thread::park_timeout(down_until.saturating_duration_since(Instant::now()));
                }
            }
        }
    });
    let run = loadtest(&["-n", "6", "--http1", "--json", &format!("http://{address}/")]);
    server.join().unwrap();
    run.expect_all_good(6);
    let refused = run.number("/connections/refused");
    // After 10, 20, 40 ... ms.
    assert!((2.0..=10.0).contains(&refused), "{refused}");
    assert_eq!(run.number("/connections/established"), 6.0);
}

fn bind_again(address: SocketAddr) -> TcpListener {
    // The standard library permits addresses in use by ended connections.
    TcpListener::bind(address).unwrap()
}

/// Answers ten requests, then ends and frees the port.
fn mortal() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let life = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for _ in 0..10 {
            read_head(&mut reader).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        }
        read_head(&mut reader).unwrap();
    });
    (url, life)
}

#[test]
fn a_server_that_is_gone_for_good_ends_the_test_in_time() {
    let expect_end = |assertion: &[&str], code| {
        let (url, life) = mortal();
        let mut args = vec!["-n", "100", "--http1", "--timeout", "500ms", "--json", &url];
        args.extend(assertion);
        let run = loadtest(&args);
        life.join().unwrap();
        // Ten answers, one request that was lost with the connection, and what could not be sent.
        run.expect_counts(11, 10, 10, &[("lost", 1), ("not-connected", 89)]);
        let elapsed_s = run.number("/elapsed_s");
        assert!((0.5..5.0).contains(&elapsed_s), "{elapsed_s}");
        assert_eq!(run.code, Some(code), "{run:#?}");
    };
    expect_end(&[], 0);
    expect_end(&["--assert", "errors==0"], 1);
    expect_end(&["--assert", "not-connected<=89"], 0);
}

#[test]
fn an_open_loop_counts_what_finds_no_connection() {
    let (url, life) = mortal();
    let run = loadtest(&["-r", "100", "-t", "1s", "--http1", "--json", &url]);
    life.join().unwrap();
    run.expect_counts(11, 10, 10, &[("lost", 1), ("not-connected", 89)]);
    let elapsed_s = run.number("/elapsed_s");
    assert!((0.98..5.0).contains(&elapsed_s), "{elapsed_s}");
}

/// With a number of requests that nobody could count one by one.
#[test]
fn what_could_not_be_sent_is_counted_at_once() {
    let (url, life) = mortal();
    let args = ["-n", "1000000000000", "--http1", "--timeout", "300ms", "--json", &url];
    let run: Outcome = loadtest(&args);
    life.join().unwrap();
    run.expect_counts(11, 10, 10, &[("lost", 1), ("not-connected", 999_999_999_989)]);
}

/// It takes connections and ends them at once: that is no reason to ask for the next one without a pause.
#[test]
fn a_server_that_hangs_up_is_not_called_without_end() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&calls);
    let server = RawServer::start(move |mut stream, number| {
        log.lock().unwrap().push(Instant::now());
        if number == 0 {
            read_head(&mut BufReader::new(stream.try_clone()?))?;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
        stream.shutdown(std::net::Shutdown::Write)?;
        drop(stream.read_to_end(&mut Vec::new()));
        Ok(())
    });
    let run = loadtest(&[
        "-r",
        "2",
        "-t",
        "1s",
        "--http1",
        "--timeout",
        "500ms",
        "--json",
        &server.url(),
    ]);
    assert_eq!(run.number("/requests/succeeded"), 1.0, "{run:#?}");
    // One each 10 ms at most.
    let calls = calls.lock().unwrap().len();
    assert!(calls < 200, "{calls} connections in about a second");
}
