"""The process that runs the server for a launcher, with the project's own interpreter."""
