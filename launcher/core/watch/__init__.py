"""Pinned requests: what is expected of each, and how its answers compare after each reload."""
