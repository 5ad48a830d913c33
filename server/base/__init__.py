"""What every other room may use: limits, states, and threads and forks as the system has them."""
