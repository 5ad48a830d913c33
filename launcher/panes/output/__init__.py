"""What the app prints and logs: the view, its search, and the pane around them."""
