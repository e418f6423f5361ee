//! A steady HTTP/2 load by an independent client (the `h2` crate), for tests that change something meanwhile.

use bytes::Bytes;
use h2::client::SendRequest;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A connection whose driver runs as a task.
pub(crate) async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    let socket = TcpStream::connect(address).await.expect("connect to the server");
    socket.set_nodelay(true).unwrap();
    let (client, connection) = h2::client::handshake(socket).await.expect("HTTP/2 handshake");
    tokio::spawn(async move { drop(connection.await) });
    client
}

/// One GET: status and body.
pub(crate) async fn get(client: &SendRequest<Bytes>, path: &str) -> (u16, Vec<u8>) {
    let mut client = client.clone().ready().await.expect("the connection lives");
    let request = http::Request::get(format!("http://localhost{path}")).body(()).unwrap();
    let (answer, _) = client.send_request(request, true).expect("send the request");
    let answer = answer.await.expect("an answer");
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    let mut stream = answer.into_body();
    while let Some(piece) = stream.data().await {
        let piece = piece.expect("the body");
        stream.flow_control().release_capacity(piece.len()).unwrap();
        body.extend_from_slice(&piece);
    }
    (status, body)
}
