"""What lies over the window and works on all of it. GUI thread only."""
