"""The service as static files: what is left for consumers and verifiers when nobody operates it any more."""
