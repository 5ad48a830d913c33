"""The set-up of a server: its fields and what is said at them."""
