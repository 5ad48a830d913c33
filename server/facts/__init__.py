"""What is reported, as frozen values: of a request, an app, a server. Imported from ``events``."""
