//! Tapscope.
fn main() {}
