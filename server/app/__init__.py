"""The user's app: how it is loaded, what surrounds it, and what is put around it."""
