//! HTTP/1.1 with hyper.

use super::{Reply, Shared};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) async fn serve<S>(stream: S, number: usize, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move {
            let (head, content) = request.into_parts();
            let body = content.collect().await?.to_bytes();
            let reply = shared.reply(head, body, number).await;
            let pieces = match &reply {
                Reply::Answer { pieces, .. } => pieces.clone(),
                Reply::Reset | Reply::Never => return std::future::pending().await,
            };
            let is_whole = pieces.len() <= 1;
            let length: usize = pieces.iter().map(Bytes::len).sum();
            let mut response: Response<_> = reply.response().map(|()| body_of(pieces));
            // Several pieces go out chunked.
            if is_whole && response.status() != 204 {
                response.headers_mut().insert("content-length", HeaderValue::from(length));
            }
            if shared.behaviour.close_each {
                response.headers_mut().insert("connection", HeaderValue::from_static("close"));
            }
            Ok::<_, hyper::Error>(response)
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    // Clients go away when they have what they wanted.
    drop(builder.pipeline_flush(true).serve_connection(TokioIo::new(stream), service).await);
}

type Pieces = StreamBody<PieceStream>;
type PieceStream = futures_util::stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>;

fn body_of(pieces: Vec<Bytes>) -> Pieces {
    let frames: Vec<_> = pieces.into_iter().map(|piece| Ok(Frame::data(piece))).collect();
    StreamBody::new(futures_util::stream::iter(frames))
}
