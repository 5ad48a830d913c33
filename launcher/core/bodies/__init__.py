"""Bodies, and what else a request carries, made ready for reading. No Qt; pure; any thread."""
