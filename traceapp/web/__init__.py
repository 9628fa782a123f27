"""Pages and addresses: load, call one service, render."""
