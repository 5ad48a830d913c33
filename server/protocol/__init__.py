"""HTTP/1.1 and PEP 3333 as bytes and values: heads, bodies, framing. Starts no thread."""
