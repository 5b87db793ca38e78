//! Sockets: accepting, bounding and ending connections.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use crate::bridge::{Bridge, OutBody};

/// Connections at a time; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 8192;
/// A client that has not sent its head by then is cut off.
const HEAD_WAIT: Duration = Duration::from_secs(30);
/// Bytes of a head (AWS's front ends refuse larger ones too); also of one HTTP/1 line.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 128;
/// Streams of one HTTP/2 connection at a time.
const STREAMS_MAX: u32 = 128;
/// Bytes that the system holds for a peer beyond those that are on their way to it. By itself it takes megabytes, and
/// what it holds is past recall: a slow reader would go on reading them after a revocation.
const UNSENT_MAX: u32 = 128 * 1024;
/// A client that takes nothing for so long of what is sent to it is cut off, or it would hold its place for ever.
const TAKE_WAIT: Duration = Duration::from_mins(1);
/// How long requests under way may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is spoken on an accepted connection: bytes as they are, or TLS.
trait Wire: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Wire for T {}

/// Serves until SIGTERM or SIGINT, then until the requests under way have ended.
pub async fn until_stopped(listener: TcpListener, bridge: Arc<Bridge>, tls: Option<TlsAcceptor>) {
    let answer = move |request, peer| {
        let bridge = Arc::clone(&bridge);
        async move { bridge.answer(request, peer).await }
    };
    serve(listener, answer, tls, stop_signal(), CONNECTIONS_MAX).await;
}

async fn serve<A, F>(
    listener: TcpListener,
    answer: A,
    tls: Option<TlsAcceptor>,
    stopped: impl Future<Output = ()>,
    connections_max: usize,
) where
    A: Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Response<OutBody>> + Send + 'static,
{
    let server = Arc::new(server());
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(connections_max));
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut stopped => break,
        };
        let Ok((place, stream, peer)) = accepted else {
            // Out of file descriptors, say: give the others time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let stream = prepared(stream);
        let (answer, has_asked) = (answer.clone(), Arc::new(AtomicBool::new(false)));
        let asks = Arc::clone(&has_asked);
        let service = hyper::service::service_fn(move |request| {
            asks.store(true, Ordering::Relaxed);
            let answering = answer(request, peer.ip());
            async move { Ok::<_, std::convert::Infallible>(answering.await) }
        });
        let (server, tls, watcher) = (Arc::clone(&server), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Some(wire) = greeted(stream, tls).await {
                let connection = server.serve_connection(TokioIo::new(wire), service).into_owned();
                attend(watcher.watch(connection), &has_asked).await;
            }
            drop(place);
        });
    }
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way did not end in time and are cut off");
    }
}

/// A connection on which HTTP can begin; none where TLS was to be spoken and was not, or not in time.
async fn greeted<S: Wire + Unpin + 'static>(
    stream: S,
    tls: Option<TlsAcceptor>,
) -> Option<Pin<Box<dyn Wire>>> {
    let Some(tls) = tls else { return Some(Box::pin(stream)) };
    match tokio::time::timeout(HEAD_WAIT, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(Box::pin(stream)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection did not come to speak TLS");
            None
        }
        Err(_) => None,
    }
}

/// With what an accepted connection needs. Where the system cannot do it, the connection works all the same.
fn prepared(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_MAX);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(TAKE_WAIT));
    Box::pin(stream)
}

/// The next connection, as soon as there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    match listener.accept().await {
        Ok((stream, peer)) => Ok((place, stream, peer)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            Err(error)
        }
    }
}

/// Sees a connection to its end. One on which nothing is asked is ended after a while: the time limits of HTTP begin
/// only when it is known which version is spoken, and a silent client would hold its place for ever.
async fn attend<C, E>(connection: C, has_asked: &AtomicBool)
where
    C: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut connection = std::pin::pin!(connection);
    let ended = match tokio::time::timeout(HEAD_WAIT, connection.as_mut()).await {
        Ok(ended) => ended,
        Err(_) if has_asked.load(Ordering::Relaxed) => connection.await,
        Err(_) => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn server() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(20)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    server
}

async fn stop_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be caught");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(test)]
mod tests;
