"""Which files are watched, and what is made of their changes."""
