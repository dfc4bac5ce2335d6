//! The passcode: what may be set, what a wrong one costs, and that no kill, old file or wall clock gives a try back.
