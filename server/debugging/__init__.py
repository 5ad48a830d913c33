"""What a debugger in the app needs: an input to read from, and a report of where it stands."""
