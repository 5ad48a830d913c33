"""The Flow pane: a request's way as a tree beside its times."""
