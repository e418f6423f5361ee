//! Answers of every shape.

use crate::support::{Behaviour, RawServer, Reply, Server, Speaks, loadtest, read_head};
use bytes::Bytes;
use std::io::{BufReader, Write};

const BOTH: [(Speaks, &str); 2] = [(Speaks::Http2, "-q"), (Speaks::Http1, "--http1")];

/// Far above every window. 70 MB are more than anything may be buffered.
#[test]
fn large_answers_are_counted_to_the_last_byte() {
    for (speaks, option) in BOTH {
        for (length, count) in [(20_000_000, 4), (70_000_001, 1)] {
            let body = Bytes::from(vec![b'x'; length]);
            let server = Server::start(Behaviour::of(speaks), move |_| Reply::text(body.clone()));
            let run = loadtest(&[
                "-n",
                &count.to_string(),
                "-c",
                "2",
                "-m",
                "2",
                option,
                "--json",
                &server.url("/"),
            ]);
            run.expect_all_good(count);
            let body_bytes = run.number("/traffic/body_bytes") as u64;
            assert_eq!(body_bytes, length as u64 * count, "{speaks:?}");
            assert!(run.number("/traffic/received_bytes") as u64 > body_bytes);
        }
    }
}

#[test]
fn answers_in_pieces_are_one_answer() {
    for (speaks, option) in BOTH {
        let server = Server::start(Behaviour::of(speaks), |_| {
            Reply::pieces(vec![Bytes::from_static(b"a"); 300])
        });
        let run = loadtest(&["-n", "20", "-m", "3", option, "--json", &server.url("/")]);
        run.expect_all_good(20);
        assert_eq!(run.json()["traffic"]["body_bytes"], 6000, "{speaks:?}");
    }
}

/// Each byte comes with a packet of its own.
#[test]
fn an_answer_may_come_byte_by_byte() {
    let answer = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                  3\r\nabc\r\n0A\r\n0123456789\r\n0\r\nchecksum: 1\r\n\r\n";
    let server = RawServer::start(move |mut stream, _| {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while read_head(&mut reader).is_ok() {
            for byte in answer.as_bytes() {
                stream.write_all(&[*byte])?;
            }
        }
        Ok(())
    });
    for depth in ["1", "4"] {
        let run = loadtest(&["-n", "9", "-m", depth, "--http1", "--json", &server.url()]);
        run.expect_all_good(9);
        assert_eq!(run.json()["traffic"]["body_bytes"], 9 * 13);
        assert_eq!(run.json()["statuses"], serde_json::json!({"200": 9}), "103 is no answer");
    }
}

#[test]
fn interim_answers_and_trailers_are_no_answers_of_their_own() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |_| Reply::Answer {
        status: 200,
        headers: vec![("x-a", "b".to_owned())],
        pieces: vec![Bytes::from_static(b"content")],
        with_extras: true,
    });
    let run = loadtest(&["-n", "30", "-m", "4", "--json", &server.url("/")]);
    run.expect_all_good(30);
    assert_eq!(run.json()["statuses"], serde_json::json!({"200": 30}));
    assert_eq!(run.json()["traffic"]["body_bytes"], 210);
}

#[test]
fn answers_without_content() {
    for (speaks, option) in BOTH {
        let server = Server::start(Behaviour::of(speaks), |asked| match asked.path.as_str() {
            "/204" => Reply::status(204),
            "/304" => Reply::status(304),
            _ => Reply::text("x"),
        });
        for path in ["/204", "/304"] {
            let run = loadtest(&["-n", "10", "-m", "2", option, "--json", &server.url(path)]);
            run.expect_all_good(10);
            assert_eq!(run.json()["statuses"][&path[1..]], 10);
            assert_eq!(run.json()["traffic"]["body_bytes"], 0);
        }
        // The length of the content that a GET would have brought stands there, and no content follows.
        let run =
            loadtest(&["-n", "10", "-m", "2", "-X", "HEAD", option, "--json", &server.url("/")]);
        run.expect_all_good(10);
        assert!(server.asked()[20..].iter().all(|asked| asked.method == "HEAD"));
    }
    let server = RawServer::start(|mut stream, _| {
        let mut reader = BufReader::new(stream.try_clone()?);
        while read_head(&mut reader).is_ok() {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
        }
        Ok(())
    });
    let run = loadtest(&["-n", "10", "-m", "2", "-X", "HEAD", "--http1", "--json", &server.url()]);
    run.expect_all_good(10);
    assert_eq!(run.json()["traffic"]["body_bytes"], 0);
}
