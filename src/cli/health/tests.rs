use super::probe::Target;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Long enough for any machine; only what fails takes it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server for one connection: sends the pieces one after another once it has read a request, and returns that.
fn one_answer(pieces: Vec<&'static [u8]>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
            request.push(byte[0]);
        }
        for piece in pieces {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
        }
        String::from_utf8(request).unwrap()
    });
    (address, serving)
}

fn ask(address: SocketAddr, path: &str) -> Result<(), String> {
    Target::parse(&format!("http://{address}{path}")).unwrap().ask(PATIENCE)
}

#[test]
fn a_server_that_answers_2xx_is_healthy() {
    for answer in [&b"HTTP/1.1 200 OK\r\n\r\n"[..], b"HTTP/1.0 204\r\n\r\n"] {
        let (address, serving) = one_answer(vec![answer]);
        assert_eq!(ask(address, "/admin/v1/health?a=b"), Ok(()));
        let request = serving.join().unwrap();
        assert!(request.starts_with("GET /admin/v1/health?a=b HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("\r\nhost: {address}\r\n")), "{request}");
        assert!(request.contains("\r\nconnection: close\r\n"), "{request}");
    }
}

#[test]
fn the_status_line_may_come_in_pieces() {
    let (address, serving) = one_answer(vec![b"H", b"TTP/1.1 2", b"00", b" OK\r", b"\n"]);
    assert_eq!(ask(address, ""), Ok(()));
    serving.join().unwrap();
}

#[test]
fn what_answers_otherwise_is_not_healthy_and_it_is_said_why() {
    for (answer, why) in [
        (&b"HTTP/1.1 503 Service Unavailable\r\n\r\n"[..], "answered 503"),
        (b"HTTP/1.1 301 Moved\r\n\r\n", "answered 301"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "answered 404"),
        (b"220 mail.test ESMTP\r\n", "the answer is no HTTP"),
        (&[b'x'; 4096], "the answer is no HTTP"),
        (b"HTTP/1.1 200", "the connection was closed without an answer"),
        (b"", "the connection was closed without an answer"),
    ] {
        let (address, serving) = one_answer(vec![answer]);
        assert_eq!(ask(address, ""), Err(why.to_owned()), "{}", answer.escape_ascii());
        // Whether everything could be sent is the other side's business.
        drop(serving.join());
    }
}

#[test]
fn nobody_there() {
    // A port that was free a moment ago, and that nobody else is given so soon.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(ask(address, ""), Err("nothing listens there".to_owned()));
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let begun = Instant::now();
    let asked = Target::parse(&url).unwrap().ask(Duration::from_millis(100));
    assert_eq!(asked, Err("no answer in time".to_owned()));
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn a_server_that_trickles_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (gave_up, heard) = channel::<()>();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // A byte every 20 ms keeps each single read from running into its timeout.
        while heard.recv_timeout(Duration::from_millis(20)).is_err() {
            if stream.write_all(b"H").is_err() {
                break;
            }
        }
    });
    let begun = Instant::now();
    let asked = Target::parse(&url).unwrap().ask(Duration::from_millis(200));
    assert_eq!(asked, Err("no answer in time".to_owned()));
    assert!(begun.elapsed() < PATIENCE);
    gave_up.send(()).unwrap_or_default();
    serving.join().unwrap();
}
