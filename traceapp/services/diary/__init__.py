"""The producer's diary: drafts, what came before, signing."""
