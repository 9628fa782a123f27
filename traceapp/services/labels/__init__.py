"""Label runs: issued, drawn, made in the background, voided."""
