//! Clients that are slow, silent or do not listen.

use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

/// Refuses everything without a look at the body.
async fn refuse(_: Request<Incoming>, _: IpAddr) -> Response<OutBody> {
    let body = Full::new("no\n".into()).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::FORBIDDEN;
    response
}

/// Answers with more than the system holds for anybody.
async fn pour(_: Request<Incoming>, _: IpAddr) -> Response<OutBody> {
    let body = Full::new(vec![b'.'; 64 * 1024 * 1024].into()).map_err(|never| match never {}).boxed_unsync();
    Response::new(body)
}

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

async fn served(connections_max: usize) -> Served {
    serving(refuse, connections_max).await
}

async fn serving<A, F>(answer: A, connections_max: usize) -> Served
where
    A: Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Response<OutBody>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async move { drop(stopped.await) };
    let running = tokio::spawn(serve(listener, answer, None, stopped, connections_max));
    Served { address, stop, running }
}

async fn connect(served: &Served, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_nothing_is_cut_off() {
    let served = served(10).await;
    for text in
        ["", "P", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX-"]
    {
        let began = Instant::now();
        let mut stream = connect(&served, text).await;
        let answer = rest(&mut stream).await;
        let waited = began.elapsed();
        assert!(!answer.contains("200") && !answer.contains("403"), "{text:?} {answer:?}");
        assert!(waited >= HEAD_WAIT && waited < 2 * HEAD_WAIT, "{text:?} {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_asked_is_answered_again_after_a_while() {
    let served = served(10).await;
    let ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut stream = connect(&served, ask).await;
    let mut answer = [0; 12];
    for wait in [0, 29, 29, 29] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        if wait > 0 {
            stream.write_all(ask.as_bytes()).await.unwrap();
        }
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 403");
        let mut left = [0; 1024];
        let _ = stream.read(&mut left).await.unwrap();
    }
    assert_eq!(rest(&mut stream).await, "", "an idle connection is closed");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_full_stops_all_the_same() {
    let served = served(1).await;
    let ask = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    let _idle = connect(&served, ask).await;
    let _waiting = connect(&served, ask).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    served.stop.send(()).unwrap();
    tokio::time::timeout(2 * FAREWELL, served.running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let served = served(10).await;
    let length = 4 * 1024 * 1024;
    let mut stream =
        connect(&served, &format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")).await;
    let sent = stream.write_all(&vec![b'x'; length]).await;
    let mut answer = [0; 12];
    let read = stream.read_exact(&mut answer).await;
    assert!(read.is_ok(), "sent: {sent:?}, read: {read:?}");
    assert_eq!(&answer, b"HTTP/1.1 403");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_makes_room_for_others() {
    let served = serving(pour, 1).await;
    let ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let began = Instant::now();
    let _asleep = connect(&served, ask).await;
    let mut other = connect(&served, ask).await;
    let mut answer = [0; 12];
    other.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert!(began.elapsed() >= TAKE_WAIT);
}
