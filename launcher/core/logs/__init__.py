"""What has happened, row by row: requests, errors, output, reloads, and the way of a request."""
