"""The head of a server's page: the same in every state of the server."""
