"""A request as it is sent again, and the sending of it: no Qt."""
