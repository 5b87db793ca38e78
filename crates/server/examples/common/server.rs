//! The server: started, asked for its memory, stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use portcullis_base::Secret;
use portcullis_wire::sigv4::sign::Credentials;

use super::{Failure, instant};

/// AWS's own example of a key (IAM User Guide).
const ROOT: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

/// The root user's key.
pub fn root() -> Credentials {
    Credentials {
        access_key_id: ROOT.0.to_owned(),
        secret: Secret::from(ROOT.1.to_owned()),
        session_token: None,
    }
}

/// A server that ends with this value.
pub struct Server {
    child: Child,
    // Kept open: the server may go on telling.
    _out: BufReader<ChildStdout>,
    /// Address and port.
    pub endpoint: String,
    /// From exec until it said that it is ready.
    pub took: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts it on this data directory, with these quotas and a bug that is planted in it, if it is one that has any,
    /// and waits until it says that it is ready.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn start(
        binary: &Path,
        data: &Path,
        quotas: &[(&str, usize)],
        planted: Option<&str>,
    ) -> Result<Self, Failure> {
        let began = instant();
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(quotas.iter().flat_map(|(name, most)| ["--quota".to_owned(), format!("{name}={most}")]))
            .envs(planted.map(|bug| ("PORTCULLIS_PLANTED_BUG", bug)))
            .env("PORTCULLIS_LOG", "warn")
            .env("PORTCULLIS_ROOT_ACCESS_KEY_ID", ROOT.0)
            .env("PORTCULLIS_ROOT_SECRET_ACCESS_KEY", ROOT.1)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("the server has no output")?;
        let mut out = BufReader::new(out);
        let mut endpoint = None;
        let mut line = String::new();
        while endpoint.is_none() && out.read_line(&mut line)? > 0 {
            endpoint = line
                .split_whitespace()
                .find_map(|word| word.strip_prefix("AWS_ENDPOINT_URL=http://"))
                .map(str::to_owned);
            line.clear();
        }
        let Some(endpoint) = endpoint else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("the server did not say where it listens".into());
        };
        let mut server = Self { child, _out: out, endpoint, took: Duration::ZERO };
        server.wait_until_ready()?;
        server.took = began.elapsed();
        Ok(server)
    }

    fn wait_until_ready(&self) -> Result<(), Failure> {
        let mut stream = TcpStream::connect(&self.endpoint)?;
        write!(
            stream,
            "GET /_portcullis/health HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.endpoint
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(format!("not ready: {answer}").into()) }
    }

    /// What it has in memory: resident pages, and large ones, which Linux counts apart (proc(5), `VmRSS` and
    /// `HugetlbPages`).
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn resident_bytes(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let resident = kilobytes("VmRSS:").ok_or("the system does not say what is resident")?;
        Ok((resident + kilobytes("HugetlbPages:").unwrap_or(0)) * 1024)
    }

    /// Ends it as an operator would.
    ///
    /// # Errors
    /// When it ends otherwise than it should.
    pub fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}").into()) }
    }
}
