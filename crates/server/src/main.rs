//! The portcullis binary.

use std::process::ExitCode;

use clap::Parser;

use portcullis_server::config::{Cli, Command, LogFormat};
use portcullis_server::{cli, node, recover};

/// Quicker than the system's where many threads allocate, and with large pages (see `.cargo/config.toml`) quicker to
/// read from where policies are in no cache.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let given = Cli::parse();
    match &given.command {
        Command::Serve(serve) => start_log(serve.log_format),
        Command::Recover(_) => start_log(LogFormat::Human),
        // A client command says what it has to say itself.
        Command::Client(_) => {}
        Command::Offline(command) => return cli::offline(command),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("portcullis: the runtime does not start: {error}");
            return ExitCode::from(1);
        }
    };
    let outcome = match given.command {
        Command::Serve(serve) => runtime.block_on(node::serve(serve)),
        Command::Recover(recover) => runtime.block_on(recover::recover(recover)),
        Command::Client(command) => return runtime.block_on(cli::run(command)),
        Command::Offline(command) => return cli::offline(&command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portcullis: {error}");
            let mut cause = std::error::Error::source(error.as_ref());
            while let Some(inner) = cause {
                eprintln!("  because {inner}");
                cause = inner.source();
            }
            ExitCode::from(1)
        }
    }
}

/// Logs go to stderr; `RUST_LOG` style filters come from `PORTCULLIS_LOG`, default `info`.
fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("PORTCULLIS_LOG")
        .with_default_directive(tracing::Level::INFO.into())
        .from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
