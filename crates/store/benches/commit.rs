//! Durable writes.
fn main() {}
