//! Tapscope's core.
