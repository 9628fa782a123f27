"""Finding products, and telling search engines of them."""
