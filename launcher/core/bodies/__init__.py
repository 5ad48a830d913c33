"""Bodies, and what else a request says, made ready for reading. No Qt; pure; any thread."""
