//! What the fuzz targets assert, and the seeds they begin with.

pub mod bodies;
pub mod seeds;
