//! Clients of other descent: curl, nghttp, h2load, and the crates `h2` and `hyper`.

use crate::support::fixtures::{self, BIG_BYTES, ROOT_BODY, Target};
use crate::support::load;
use crate::support::process::{Finished, run};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use std::process::Command;
use tokio::net::TcpStream;

fn url(path: &str) -> String {
    format!("http://{}{path}", fixtures::server(Target::Plain).traffic)
}

fn curl(args: &[&str]) -> Finished {
    run(Command::new("curl").arg("-sS").args(args))
}

#[test]
fn curl_speaks_every_protocol_of_the_tour() {
    for (protocol, version) in [
        ("--http2-prior-knowledge", "2"),
        ("--http2", "2"),
        ("--http1.1", "1.1"),
        ("--http1.0", "1.0"),
    ] {
        let done = curl(&[protocol, "-w", " %{http_version} %{http_code}", &url("/")]);
        let shown =
            done.stdout.strip_prefix(ROOT_BODY).unwrap_or_else(|| panic!("{protocol}: {done:?}"));
        // A server may answer HTTP/1.0 with the version it speaks (RFC 9110 section 2.5).
        assert!(
            shown == format!(" {version} 200") || version == "1.0" && shown == " 1.1 200",
            "{protocol}: {shown}"
        );
    }
}

#[test]
fn curl_posts_a_body_and_reads_a_large_answer() {
    let directory = tempfile::tempdir().unwrap();
    let body = directory.path().join("body");
    std::fs::write(&body, vec![b'x'; 3_000_000]).unwrap();
    let data = format!("@{}", body.display());
    for protocol in ["--http2-prior-knowledge", "--http1.1"] {
        let done = curl(&[protocol, "--data-binary", &data, &url("/")]);
        assert_eq!(done.stdout, ROOT_BODY, "{protocol}: {}", done.stderr);
        let done = curl(&[protocol, &url("/big")]);
        assert!(done.stdout.len() > BIG_BYTES, "{protocol}: {}", done.stderr);
    }
    let chunked = ["--http1.1", "-H", "transfer-encoding: chunked", "--data-binary", &data];
    let done = curl(&[&chunked[..], &[&url("/")]].concat());
    assert_eq!(done.stdout, ROOT_BODY, "{}", done.stderr);
}

#[test]
fn nghttp_is_answered() {
    let done = run(Command::new("nghttp").args([&url("/"), &url("/big")]));
    assert!(done.status.success(), "{}", done.stderr);
    assert!(done.stdout.contains(ROOT_BODY));
    assert!(done.stdout.len() > BIG_BYTES + ROOT_BODY.len());
}

#[test]
fn h2load_loses_nothing() {
    let done = run(Command::new("h2load").args([
        "-n",
        "20000",
        "-c",
        "4",
        "-m",
        "50",
        "-t",
        "1",
        &url("/"),
    ]));
    assert!(
        done.stdout.contains("20000 succeeded, 0 failed, 0 errored, 0 timeout"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("20000 2xx"), "{}", done.stdout);
}

#[tokio::test]
async fn h2_crate_is_answered_on_many_streams() {
    let client = load::connect(fixtures::server(Target::Plain).traffic).await;
    let answers = (0..200).map(|n| {
        let client = client.clone();
        tokio::spawn(
            async move { load::get(&client, if n % 20 == 0 { "/big" } else { "/" }).await },
        )
    });
    for (n, answer) in answers.collect::<Vec<_>>().into_iter().enumerate() {
        let (status, body) = answer.await.unwrap();
        assert_eq!(status, 200);
        assert_eq!(body.len() > BIG_BYTES, n % 20 == 0);
    }
}

#[tokio::test]
async fn hyper_keeps_an_http_1_1_connection() {
    let socket = TcpStream::connect(fixtures::server(Target::Plain).traffic).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    for n in 0..20 {
        let request = http::Request::post("/")
            .header("host", "localhost")
            .body(Full::new(Bytes::from(vec![b'x'; n * 1000])));
        client.ready().await.unwrap();
        let answer = client.send_request(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), ROOT_BODY);
    }
}
