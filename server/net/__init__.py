"""Sockets, the loop over them, and the threads and processes that answer what arrives."""
