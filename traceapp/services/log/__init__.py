"""The transparency log: appending, publishing, checking, recovering."""
