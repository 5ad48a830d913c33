"""How long is too long, on a machine that may be busy with other things as well."""

# Seconds in which is over what takes a moment by itself; what would have to be waited out, as a
# request that never ends, takes far longer.
PROMPT = 10.0
