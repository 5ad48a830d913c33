"""Everything that is known of one request: its head, and a tab for each part. GUI thread only."""
