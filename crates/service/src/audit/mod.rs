//! Where events go, how they survive, and how they are read back.
