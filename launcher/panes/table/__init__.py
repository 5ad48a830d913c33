"""A table that paints itself in one pass, follows its end and stays still under the pointer."""
