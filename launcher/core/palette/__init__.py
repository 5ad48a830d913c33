"""What the command palette finds: entries, how they match, in which order. No Qt; pure."""
