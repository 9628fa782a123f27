"""What organisations say, signed; and what may be concluded from it."""
