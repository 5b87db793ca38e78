//! A process that is killed in the middle of its writes has lost nothing that it acknowledged, and has left no
//! transaction half done.
//!
//! The test runs its own binary again as the process that dies: that one commits under load and prints each
//! acknowledgement; this one kills it, opens the store and compares.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test is meant to panic")]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use portcullis_store::{EmbeddedEngine, Engine, Key, Range, Revision, Transaction, conformance::Scratch};

/// How often it is killed.
const ROUNDS: u32 = 10;
/// How many commits are under way at any time.
const WRITERS: u32 = 24;
/// Where the process that dies finds its store.
const DIRECTORY: &str = "PORTCULLIS_CRASH_DIRECTORY";

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let scratch = Scratch::new("crash");
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    for round in 0..ROUNDS {
        let lives = Duration::from_millis(60 + u64::from(round * 37 % 100));
        acknowledged.extend(write_and_die(scratch.path(), round, lives));
        check(scratch.path(), &acknowledged);
    }
    assert!(acknowledged.len() > 100, "only {} commits were acknowledged", acknowledged.len());
}

/// A commit that the process said was done.
#[derive(Debug)]
struct Acknowledged {
    name: String,
    revision: Revision,
}

/// Starts the process, lets it live this long after its first acknowledgement, kills it, and returns what it
/// acknowledged.
fn write_and_die(directory: &Path, round: u32, lives: Duration) -> Vec<Acknowledged> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_dies", "--ignored", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env("PORTCULLIS_CRASH_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let (first_seen, first) = std::sync::mpsc::channel();
    let output = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut acknowledged = Vec::new();
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            // The last line may be cut short: then nobody can say that it was acknowledged.
            if let Some(words) = line.strip_prefix("ack ").and_then(|rest| rest.strip_suffix('\n')) {
                let (name, revision) = words.split_once(' ').unwrap();
                let revision = Revision(revision.parse().unwrap());
                acknowledged.push(Acknowledged { name: name.to_owned(), revision });
                let _ = first_seen.send(());
            }
            line.clear();
        }
        acknowledged
    });
    let began = first.recv_timeout(Duration::from_secs(30));
    std::thread::sleep(lives);
    kill(&mut child);
    began.expect("the process acknowledges something");
    reading.join().unwrap()
}

fn kill(child: &mut Child) {
    // On Unix, this is SIGKILL: the process gets no chance to tidy up.
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Opens the store that the process left and holds it against everything acknowledged so far.
fn check(directory: &Path, acknowledged: &[Acknowledged]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = EmbeddedEngine::open(directory).unwrap();
        for Acknowledged { name, revision } in acknowledged {
            for side in ["left", "right"] {
                let found = engine.read(&Key::text(&format!("{side}/{name}"))).await.unwrap();
                let found = found.unwrap_or_else(|| panic!("{side}/{name} was acknowledged and is lost"));
                assert_eq!((found.revision, found.value), (*revision, value(name)));
            }
            assert!(*revision <= engine.revision());
        }
        let left = engine.range(Range::prefix(b"left/")).await.unwrap().items;
        let right = engine.range(Range::prefix(b"right/")).await.unwrap().items;
        assert!(left.len() >= acknowledged.len());
        assert_eq!(left.len(), right.len(), "a transaction was half done");
        for ((left_key, left), (right_key, right)) in left.iter().zip(&right) {
            assert_eq!(left_key.0.strip_prefix(b"left"), right_key.0.strip_prefix(b"right"));
            assert_eq!(left, right);
        }
    });
}

/// What stands under a name: of different lengths, so that pages of the file are split and joined.
fn value(name: &str) -> Vec<u8> {
    let length = name.bytes().map(usize::from).sum::<usize>() % 700;
    name.bytes().cycle().take(length).collect()
}

/// Not a test: what the test above starts.
#[test]
#[ignore = "runs until it is killed, as a child of the other test"]
fn the_process_that_dies() {
    let directory = variable(DIRECTORY);
    let round = variable("PORTCULLIS_CRASH_ROUND");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = Arc::new(EmbeddedEngine::open(directory).unwrap());
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write_for_ever(Arc::clone(&engine), format!("{round}-{writer}")));
        }
        writers.join_all().await;
    });
}

#[expect(clippy::disallowed_methods, reason = "how the test tells its child where to write")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by the test that starts this"))
}

async fn write_for_ever(engine: Arc<EmbeddedEngine>, writer: String) {
    for n in 0.. {
        let name = format!("{writer}-{n}");
        let both = Transaction::new()
            .put(Key::text(&format!("left/{name}")), value(&name))
            .put(Key::text(&format!("right/{name}")), value(&name));
        let revision = engine.commit(both).await.unwrap();
        let mut out = std::io::stdout().lock();
        out.write_all(format!("ack {name} {revision}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}
