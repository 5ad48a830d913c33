"""Controls that Qt has no look for: a switch, a row of choices, the ring around what has focus."""
