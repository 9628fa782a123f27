"""The inspector's phone: its verifiers under Node, its page in Chromium, inspections through the service."""
