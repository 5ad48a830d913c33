"""Where a server runs, and who watches over it. No Qt."""
