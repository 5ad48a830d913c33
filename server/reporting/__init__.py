"""From what happens to the events that report it: errors, requests and output."""
