"""What the launcher knows without Qt. Everything in here can be imported where Qt is missing."""
