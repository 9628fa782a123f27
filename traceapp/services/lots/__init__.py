"""What happens to lots: made of one another, packed, handed over, traced, recalled."""
