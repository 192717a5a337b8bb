//! Turns of a call, tried one by one.
