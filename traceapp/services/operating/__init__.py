"""What whoever runs the service does: set up, keys, backup, audit."""
