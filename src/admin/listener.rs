//! From listening sockets to requests: TLS, then HTTP/1.1 or HTTP/2 as the first bytes tell.

use super::control::Control;
use super::eviction::EvictionWatch;
use super::limits;
use axum::Router;
use futures_util::future::join_all;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{self, MissedTickBehavior};
use tokio_rustls::TlsAcceptor;

/// A port and what is served there.
pub(super) struct Port {
    pub(super) listener: TcpListener,
    /// TLS, or plain text without it.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) router: Router,
}

/// Serves until told to stop, then lets requests in progress finish up to the deadline.
pub(super) async fn serve(ports: Vec<Port>, control: Control, mut stop: watch::Receiver<bool>) {
    let sweeper = tokio::spawn(sweep_regularly(control));
    let graceful = GracefulShutdown::new();
    tokio::select! {
        _ = join_all(ports.iter().map(|port| accept(port, &graceful))) => {}
        // A handle that was dropped asks for a stop as well.
        _ = stop.wait_for(|&stop| stop) => {}
    }
    drop(ports);
    sweeper.abort();
    if time::timeout(limits::DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("admin connections were still busy at the end of the drain");
    }
}

async fn sweep_regularly(control: Control) {
    let mut ticks = time::interval(limits::SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut evictions = EvictionWatch::default();
    loop {
        ticks.tick().await;
        control.sweep().await;
        if let Some(line) = evictions.look(&control.data().stats(), Instant::now()) {
            tracing::warn!("{line}");
        }
    }
}

async fn accept(port: &Port, graceful: &GracefulShutdown) {
    let Port { listener, tls, router } = port;
    let slots = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "an admin connection could not be accepted");
                time::sleep(limits::ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (tls, service, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            serve_stream(stream, peer, tls, service, watcher).await;
            drop(slot);
        });
    }
}

async fn serve_stream(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    service: Router,
    watcher: Watcher,
) {
    // Without it a small answer may wait for an acknowledgement; a socket that refuses is dead anyway.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return serve_http(stream, peer, service, watcher).await };
    match time::timeout(limits::HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve_http(stream, peer, service, watcher).await,
        Ok(Err(error)) => tracing::info!(%peer, %error, "admin: TLS handshake failed"),
        Err(_) => tracing::info!(%peer, "admin: TLS handshake took too long"),
    }
}

async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    service: Router,
    watcher: Watcher,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits::HEAD_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits::KEEP_ALIVE_INTERVAL)
        .initial_stream_window_size(limits::WINDOW_BYTES)
        .initial_connection_window_size(limits::WINDOW_BYTES);
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::info!(%peer, error, "admin: connection ended");
    }
}
