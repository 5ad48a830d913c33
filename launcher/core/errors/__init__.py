"""What is shown and copied of an error, without Qt."""
