//! Shapes: what a service's model says of its operations' inputs and outputs.
