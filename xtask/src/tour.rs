//! The main job for a newcomer: build, start a server that keeps nothing, and run `examples/tour.sh`, or another of the
//! examples by name, against it with
//! the AWS CLI.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::e2e::{binary, environment};
use crate::steps::{cargo, root, variable};

/// A server that ends with this value.
struct Server {
    child: Child,
    endpoint: String,
    credentials: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that the server ends what it began and removes its temporary directory.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn start() -> Result<Server, String> {
    let mut child = Command::new(binary())
        .args(["serve", "--ephemeral", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the server does not start: {error}"))?;
    let out = child.stdout.take().ok_or("the server has no output")?;
    let (mut endpoint, mut credentials) = (None, None);
    for line in BufReader::new(out).lines() {
        let line = line.map_err(|error| error.to_string())?;
        println!("{line}");
        for word in line.split_whitespace() {
            endpoint = word.strip_prefix("AWS_ENDPOINT_URL=").map(str::to_owned).or(endpoint);
            credentials =
                word.strip_prefix("AWS_SHARED_CREDENTIALS_FILE=").map(str::to_owned).or(credentials);
        }
        if line.contains("iam create-user") {
            break;
        }
    }
    if let (Some(endpoint), Some(credentials)) = (endpoint, credentials) {
        return Ok(Server { child, endpoint, credentials });
    }
    let _ = child.kill();
    let _ = child.wait();
    Err("the server did not say where it listens".to_owned())
}

/// Builds, starts, tours, stops.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let name = arguments.first().map_or("tour", String::as_str);
    let script = format!("examples/{name}.sh");
    if !root().join(&script).exists() {
        return Err(format!("there is no {script}; examples are tour and organization"));
    }
    cargo(&["build", "--quiet", "--package", "portcullis-server"])?;
    let python = environment()?;
    let server = start()?;
    let tools = python.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let status = Command::new("sh")
        .arg(&script)
        .current_dir(root())
        .env("PATH", format!("{tools}:{}", variable("PATH").unwrap_or_default()))
        .env("AWS_ENDPOINT_URL", &server.endpoint)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_SHARED_CREDENTIALS_FILE", &server.credentials)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_PAGER", "")
        .status()
        .map_err(|error| format!("{script}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the tour ended early: {status}")) }
}
