"""What the main window is made of, beside its pages. GUI thread only."""
