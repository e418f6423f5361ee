//! Bodies that are made while they are sent.

use super::limits::DATA_COLLECTED_BYTES_MAX;
use axum::body::{Body, Bytes};
use futures_util::stream;
use std::io;
use tokio::task;

/// Appends the next piece of a document; false when it was the last.
type NextPiece = Box<dyn FnMut(&mut Vec<u8>) -> bool + Send>;

/// A document of unknown length, begun.
pub(super) struct Document {
    collected: Vec<u8>,
    rest: Option<NextPiece>,
}

impl Document {
    /// Makes the beginning, or all of a short document.
    pub(super) fn begin(
        mut next_piece: impl FnMut(&mut Vec<u8>) -> bool + Send + 'static,
    ) -> Document {
        let mut collected = Vec::new();
        while next_piece(&mut collected) {
            if collected.len() > DATA_COLLECTED_BYTES_MAX {
                return Document { collected, rest: Some(Box::new(next_piece)) };
            }
        }
        Document { collected, rest: None }
    }

    /// A body that makes each piece on a helper thread when the one before is on its way: neither the memory that it
    /// takes nor the time for which it keeps a thread depends on the length of the document or the speed of the client.
    pub(super) fn into_body(self) -> Body {
        let Document { collected, rest } = self;
        if rest.is_none() {
            return Body::from(collected);
        }
        Body::from_stream(stream::unfold((collected, rest), |(collected, rest)| async move {
            if !collected.is_empty() {
                return Some((Ok(Bytes::from(collected)), (Vec::new(), rest)));
            }
            let mut next_piece = rest?;
            let made = task::spawn_blocking(move || {
                let mut piece = Vec::new();
                // A piece without bytes says nothing about the end.
                let mut has_more = true;
                while has_more && piece.is_empty() {
                    has_more = next_piece(&mut piece);
                }
                (piece, has_more.then_some(next_piece))
            });
            match made.await {
                Ok((piece, None)) if piece.is_empty() => None,
                Ok((piece, rest)) => Some((Ok(Bytes::from(piece)), (Vec::new(), rest))),
                // The client must not take what it has for the whole document.
                Err(error) => Some((Err(io::Error::other(error)), (Vec::new(), None))),
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{HttpBody, to_bytes};
    use std::pin::Pin;

    fn counted(pieces: usize, bytes: usize) -> impl FnMut(&mut Vec<u8>) -> bool {
        let mut made = 0;
        move |out| {
            // Every third piece is empty, the last one as well.
            if made % 3 != 2 && made < pieces {
                out.extend(std::iter::repeat_n(b'a' + (made % 26) as u8, bytes));
            }
            made += 1;
            made <= pieces
        }
    }

    fn whole(pieces: usize, bytes: usize) -> Vec<u8> {
        let (mut next, mut out) = (counted(pieces, bytes), Vec::new());
        while next(&mut out) {}
        out
    }

    #[tokio::test]
    async fn all_pieces_in_order() {
        for (pieces, bytes) in [(0, 0), (1, 10), (5, 10), (7, DATA_COLLECTED_BYTES_MAX)] {
            let document = Document::begin(counted(pieces, bytes));
            assert_eq!(document.rest.is_some(), bytes > 10, "short ones are collected");
            let (mut body, mut sent) = (document.into_body(), Vec::new());
            while let Some(frame) =
                std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
                let data = frame.unwrap().into_data().unwrap();
                assert!(!data.is_empty(), "a frame for nothing");
                sent.extend_from_slice(&data);
            }
            assert!(sent == whole(pieces, bytes), "{pieces} pieces");
        }
    }

    #[tokio::test]
    async fn a_failure_is_no_ending() {
        let mut calls = 0;
        let document = Document::begin(move |out| {
            calls += 1;
            assert!(calls < 3, "broken");
            out.extend([b'x'; DATA_COLLECTED_BYTES_MAX]);
            true
        });
        assert!(to_bytes(document.into_body(), usize::MAX).await.is_err());
    }
}
