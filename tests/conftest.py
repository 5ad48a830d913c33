"""What all tests share. Being here, it puts this folder's helpers (wire.py, served.py) in reach."""
