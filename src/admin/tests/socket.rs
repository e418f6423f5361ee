//! Over a socket: both protocols, the end of the process, and the port.

use super::*;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

fn start() -> (AdminHandle, SocketAddr) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let admin = Admin::bind(AdminConfig { address, tls: None, metrics: None }).unwrap();
    let address = admin.local_addr();
    (spawn(admin, server_data()), address)
}

/// Chunks on HTTP/1.1, and on HTTP/2 more data than any window takes at once.
#[test]
fn long_answers_arrive_whole_over_both_protocols() {
    let data = server_data();
    let filler = format!("\"{}\"", "x".repeat(10_000));
    for sequence in 0..500 {
        record(&data, "GET", "/a", sequence, filler.as_bytes());
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let admin = Admin::bind(AdminConfig { address, tls: None, metrics: None }).unwrap();
    let address = admin.local_addr();
    let handle = spawn(admin, data);

    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = "GET /admin/v1/server-data HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = String::from_utf8_lossy(&answer[..200]).into_owned();
    assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
    assert!(answer.ends_with(b"\r\n0\r\n\r\n"), "the end is said");
    assert!(answer.len() > 500 * 10_000);

    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let uri = format!("http://{address}/admin/v1/server-data");
        let (response, _) = client.send_request(Request::get(uri).body(()).unwrap(), true).unwrap();
        let mut stream = response.await.unwrap().into_body();
        let mut body = Vec::new();
        while let Some(data) = stream.data().await {
            let data = data.unwrap();
            stream.flow_control().release_capacity(data.len()).unwrap();
            body.extend_from_slice(&data);
        }
        body
    });
    let keys: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(keys[0]["requests"].as_array().unwrap().len(), 500);
    drop(runtime);
    handle.stop();
    handle.join();
}

#[test]
fn http1_over_a_socket_and_stop() {
    let (handle, address) = start();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!(
        "POST /admin/v1/server-provision HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{ONE}GET /admin/v1/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        ONE.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 201 Created\r\n"), "{answers}");
    assert!(answers.contains("\r\ndate: "), "{answers}");
    assert!(answers.ends_with(r#"{"status":"healthy"}"#), "{answers}");
    handle.stop();
    handle.join();
    assert!(TcpStream::connect(address).is_err(), "the port is free again");
}

#[test]
fn http2_over_a_socket() {
    let (handle, address) = start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(format!("http://{address}/admin/v1/health")).body(()).unwrap();
        let (response, _) = client.send_request(request, true).unwrap();
        let mut response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        response.body_mut().data().await.unwrap().unwrap()
    });
    assert_eq!(body, r#"{"status":"healthy"}"#);
    drop(runtime);
    handle.stop();
    handle.join();
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let error =
        Admin::bind(AdminConfig { address, tls: None, metrics: None }).err().unwrap().to_string();
    assert!(error.contains(&address.to_string()), "{error}");
}
