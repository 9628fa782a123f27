"""The outside world: key files, uploads, the published log state."""
