"""What other bodies sign with keys of their own."""
