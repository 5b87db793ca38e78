//! What the engine is meant to reach, held against what was measured. Nothing fails when a target is missed: times are
//! told, never asserted.

use crate::change::Change;
use crate::memory::Memory;
use crate::table::{Measured, ratio, time};

/// A target and its outcome.
#[derive(Debug, Clone)]
pub struct Target {
    /// What is aimed at.
    pub name: String,
    /// What came of it.
    pub value: String,
    /// The bound.
    pub wanted: String,
    /// Whether it holds.
    pub is_met: bool,
}

fn at_most(name: &str, value: f64, bound: f64, show: fn(f64) -> String) -> Target {
    Target {
        name: name.to_owned(),
        value: show(value),
        wanted: format!("<= {}", show(bound)),
        is_met: value <= bound,
    }
}

fn number(value: f64) -> String {
    format!("{value:.0}")
}

/// How many times as fast as each peer it has to be.
fn faster(measured: &Measured, bounds: [(&str, f64); 3]) -> Vec<Target> {
    let Some(ours) = measured.row("ours") else { return Vec::new() };
    bounds
        .into_iter()
        .filter_map(|(peer, bound)| {
            measured.row(peer).map(|row| (peer, row.median_ns / ours.median_ns, bound))
        })
        .map(|(peer, value, bound)| Target {
            name: format!("{}: as fast as {peer}, times", measured.name),
            value: ratio(value),
            wanted: format!(">= {bound:.0}x"),
            is_met: value >= bound,
        })
        .collect()
}

/// Those targets of which everything needed was measured.
pub fn targets(all: &[Measured], change: Option<&Change>, memory: Option<&Memory>) -> Vec<Target> {
    let find = |name: &str| all.iter().find(|measured| measured.name == name);
    let ours = |name: &str| find(name).and_then(|measured| measured.row("ours"));
    let mut targets = Vec::new();
    if let Some(hot) = ours("hot") {
        targets.push(at_most("hot: time of a decision", hot.median_ns, 1e3, time));
        targets.push(at_most("hot: allocations", hot.allocations, 0.0, number));
    }
    if let Some(hot) = find("hot") {
        targets.extend(faster(hot, [("regorus", 4.0), ("iam-rs", 30.0), ("cedar", 100.0)]));
    }
    if let (Some(small), Some(large)) = (ours("flat small"), ours("flat large")) {
        let value = large.median_ns / small.median_ns;
        targets.push(at_most("flat: S=10,000 N=10,000 to S=10 N=1", value, 2.0, ratio));
    }
    if let Some(large) = find("flat large") {
        targets.extend(faster(large, [("regorus", 100.0), ("iam-rs", 4_000.0), ("cedar", 10_000.0)]));
    }
    if let (Some(hot), Some(varied)) = (ours("hot"), ours("varied")) {
        targets.push(at_most("varied: to hot", varied.median_ns / hot.median_ns, 3.0, ratio));
    }
    if let Some(cold) = ours("cold") {
        targets.push(at_most("cold: time of a decision", cold.median_ns, 2e3, time));
    }
    if let Some(hostile) = ours("hostile") {
        targets.push(at_most("hostile: time of a decision", hostile.median_ns, 1e4, time));
    }
    if let Some(change) = change {
        targets.push(at_most("change: compiling 10 KB", change.compile_ns, 2e5, time));
    }
    if let Some((_, bytes)) = memory.and_then(|memory| memory.rows.first()) {
        targets.push(at_most("memory: bytes of a principal", *bytes, 400.0, number));
    }
    targets
}
