"""The trade’s rules, one family a file."""
