//! Tasks around the product: `cargo xtask TASK`.

mod bench;
mod differential;
mod e2e;
mod history;
mod load;
mod models;
mod service_data;
mod steps;
mod tidy;
mod tour;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask TASK

  tour                the main job: build, serve, issue a credential, use it, cut it off
  tour organization   several accounts: an organization, an account, a service control policy
  test                every check there is: format, lints, tidiness, unit, property, differential and end-to-end tests
  test --unit         the same without other programs: no comparison, no end-to-end tests
  e2e [PYTEST ARGS]   build the server and run the end-to-end tests
  differential [--cases N] [--seed S]
                      compare decisions with a simulator that is not ours
  tidy                the house rules that no other tool checks
  bench [ARGS]        decisions beside those of other engines; see bench/README.md
  load [ARGS]         start, memory, lists and edits of policies with 100,000 users; --help for smaller sizes
  history [--revocations N] [--seed S]
                      hold revocations on the real binary against their contract
  history --small     the same as test does it: in short, and with planted bugs, which must be found
  cut [--revocations N]
                      how long it takes until whom a revocation hits is allowed nothing any more
  models --from DIR   make the tables of AWS's service models from botocore's
  service-data --from DIR
                      make the table of AWS's actions, resources and condition keys from iam-data's";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((task, rest)) => match task.as_str() {
            "test" if rest.is_empty() => steps::everything(),
            "test" if rest == ["--unit"] => steps::without_clients(),
            "e2e" => e2e::run(rest),
            "differential" => differential::run(rest),
            "tidy" if rest.is_empty() => tidy::run(),
            "bench" => bench::run(rest),
            "load" => load::run(rest),
            "history" if rest == ["--small"] => history::small(),
            "history" => history::run(rest),
            "cut" => history::cut(rest),
            "tour" if rest.len() < 2 => tour::run(rest),
            "models" => models::run(rest),
            "service-data" => service_data::run(rest),
            _ => Err(USAGE.to_owned()),
        },
        None => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::FAILURE
        }
    }
}
