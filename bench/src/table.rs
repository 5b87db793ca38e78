//! The printed form: a table for each workload, then the targets; or all of it as JSON.

use serde_json::{Value, json};

use crate::change::Change;
use crate::measure::{Agreement, Row};
use crate::memory::Memory;
use crate::targets::Target;

/// All that was measured of one workload.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// On how many requests all agreed.
    pub agreement: Agreement,
    /// Who did what, ours first.
    pub rows: Vec<Row>,
}

impl Measured {
    /// The row of an engine.
    pub fn row(&self, engine: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.engine == engine)
    }
}

/// Three or four figures and a unit.
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e4 => format!("{ns:.0} ns"),
        ns if ns < 1e7 => format!("{:.1} us", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one figure behind the point")]
fn bytes(count: usize) -> String {
    match count as f64 {
        few if few < 1e4 => format!("{few:.0} B"),
        some if some < 1e7 => format!("{:.0} kB", some / 1e3),
        many => format!("{:.0} MB", many / 1e6),
    }
}

/// A ratio with as many figures as it is worth.
pub fn ratio(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}x") } else { format!("{value:.0}x") }
}

/// One workload.
pub fn print(measured: &Measured) {
    let Agreement { allowed, refused } = measured.agreement;
    println!("\n## {}: {}", measured.name, measured.title);
    println!("verdicts: all agree on {} requests ({allowed} allowed, {refused} refused)", allowed + refused);
    println!(
        "{:<8} {:>10} {:>10} {:>10} {:>9} {:>9} {:>8} {:>9}",
        "engine", "median", "least", "p99", "to ours", "allocs", "held", "samples"
    );
    let ours = measured.row("ours").map_or(f64::NAN, |row| row.median_ns);
    for row in &measured.rows {
        println!(
            "{:<8} {:>10} {:>10} {:>10} {:>9} {:>9.1} {:>8} {:>9}",
            row.engine,
            time(row.median_ns),
            time(row.least_ns),
            time(row.p99_ns),
            ratio(row.median_ns / ours),
            row.allocations,
            bytes(row.bytes),
            format!("{}x{}", row.samples, row.decisions)
        );
    }
}

/// The sweep over sizes, of the workloads `flat` and those between.
pub fn print_sweep(all: &[Measured]) {
    let sweep: Vec<&Measured> = all.iter().filter(|measured| measured.name.starts_with("sweep")).collect();
    let Some(first) = sweep.first() else { return };
    println!("\n## sweep: median by S, N = 1");
    let line = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        print!("{name:<10}");
        cells.for_each(|cell| print!(" {cell:>10}"));
        println!();
    };
    line("", &mut first.rows.iter().map(|row| row.engine.to_owned()));
    for measured in &sweep {
        let name = measured.name.trim_start_matches("sweep ");
        line(name, &mut measured.rows.iter().map(|row| time(row.median_ns)));
    }
}

/// The cost of a change.
pub fn print_change(change: &Change) {
    println!(
        "\n## change: a policy of {} bytes and {} statements (ours)",
        change.text_bytes, change.statements
    );
    println!(
        "read {}, compile {}, together {}",
        time(change.read_ns),
        time(change.compile_ns),
        time(change.read_ns + change.compile_ns)
    );
}

/// The memory of principals.
pub fn print_memory(memory: &Memory) {
    println!(
        "\n## memory: {} principals that share 1000 policies, three each; bytes of one beside the policies",
        memory.principals
    );
    for (engine, bytes) in &memory.rows {
        println!("{engine:<8} {bytes:>10.0} B");
    }
}

/// What was aimed at and what came of it.
pub fn print_targets(targets: &[Target]) {
    println!("\n## targets");
    println!("{:<52} {:>12} {:>14}  met", "", "value", "target");
    for target in targets {
        let verdict = if target.is_met { "yes" } else { "NO" };
        println!("{:<52} {:>12} {:>14}  {verdict}", target.name, target.value, target.wanted);
    }
}

fn row(row: &Row) -> Value {
    json!({
        "engine": row.engine,
        "median_ns": row.median_ns,
        "least_ns": row.least_ns,
        "p99_ns": row.p99_ns,
        "allocations": row.allocations,
        "held_bytes": row.bytes,
        "samples": row.samples,
        "decisions_per_sample": row.decisions,
    })
}

/// Everything, for machines.
pub fn json(all: &[Measured], change: Option<&Change>, memory: Option<&Memory>, targets: &[Target]) -> Value {
    let workloads: Vec<Value> = all
        .iter()
        .map(|measured| {
            json!({
                "name": measured.name,
                "title": measured.title,
                "allowed": measured.agreement.allowed,
                "refused": measured.agreement.refused,
                "rows": measured.rows.iter().map(row).collect::<Vec<_>>(),
            })
        })
        .collect();
    let targets: Vec<Value> = targets
        .iter()
        .map(|target| {
            json!({ "name": target.name, "value": target.value, "target": target.wanted, "met": target.is_met })
        })
        .collect();
    json!({
        "workloads": workloads,
        "change": change.map(|change| json!({
            "text_bytes": change.text_bytes,
            "statements": change.statements,
            "read_ns": change.read_ns,
            "compile_ns": change.compile_ns,
        })),
        "memory": memory.map(|memory| json!({
            "principals": memory.principals,
            "bytes_of_one": memory.rows.iter().map(|(engine, bytes)| ((*engine).to_owned(), json!(bytes)))
                .collect::<serde_json::Map<_, _>>(),
        })),
        "targets": targets,
    })
}
