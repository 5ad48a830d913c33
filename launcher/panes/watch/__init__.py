"""The pane Watch: the pinned requests, and how their answers compare after each reload."""
