//! HTTP/2 with the crate h2.

use super::{Reply, Shared};
use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) async fn serve<S>(stream: S, number: usize, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let behaviour = &shared.behaviour;
    let mut builder = h2::server::Builder::new();
    if let Some(streams_max) = behaviour.streams_max {
        builder.max_concurrent_streams(streams_max);
    }
    if let Some(bytes) = behaviour.window_bytes {
        builder.initial_window_size(bytes).initial_connection_window_size(bytes);
    }
    let Ok(mut connection) = builder.handshake(stream).await else { return };
    let mut requests = tokio::task::JoinSet::new();
    let mut count = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        count += 1;
        requests.spawn(exchange(request, respond, number, Arc::clone(&shared)));
        if behaviour.goaway_after == Some(count) {
            connection.graceful_shutdown();
        }
        if behaviour.cut_after == Some(count) && number == 0 {
            return;
        }
    }
}

async fn exchange(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    connection: usize,
    shared: Arc<Shared>,
) {
    let (head, mut content) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(Ok(data)) = content.data().await {
        body.extend_from_slice(&data);
        // Fails when the stream is gone.
        drop(content.flow_control().release_capacity(data.len()));
    }
    let reply = shared.reply(head, body.freeze(), connection).await;
    // Clients may have given up on it.
    drop(answer(&reply, &mut respond).await);
}

async fn answer(reply: &Reply, respond: &mut SendResponse<Bytes>) -> Result<(), h2::Error> {
    let (pieces, with_extras) = match reply {
        Reply::Answer { pieces, with_extras, .. } => (pieces, *with_extras),
        Reply::Reset => {
            respond.send_reset(h2::Reason::INTERNAL_ERROR);
            return Ok(());
        }
        Reply::Never => return std::future::pending().await,
    };
    if with_extras {
        let hints =
            Response::builder().status(103).header("link", "</style.css>").body(()).unwrap();
        respond.send_informational(hints)?;
    }
    let is_empty = pieces.is_empty() && !with_extras;
    let mut stream = respond.send_response(reply.response(), is_empty)?;
    for (n, piece) in pieces.iter().enumerate() {
        let is_last = n + 1 == pieces.len() && !with_extras;
        // Whatever the windows do not permit yet waits in the crate.
        stream.send_data(piece.clone(), is_last)?;
    }
    if with_extras {
        let trailers = [("checksum", "0")].map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(value))
        });
        stream.send_trailers(HeaderMap::from_iter(trailers))?;
    }
    Ok(())
}
