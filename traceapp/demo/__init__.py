"""The demonstration: fictional organisations, products and lots, recorded through the same services as real ones."""
