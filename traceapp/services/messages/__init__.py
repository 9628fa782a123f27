"""Questions and reports of consumers."""
