"""The set-up of a server: its fields and the remarks beside them."""
