//! Working stand-ins for every port, in memory, and the contract suites that each implementation must pass.
