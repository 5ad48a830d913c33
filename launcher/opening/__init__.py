"""What is open in the window: servers, files, and what their pages get. GUI thread only."""
