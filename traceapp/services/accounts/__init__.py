"""What people and organisations do with their accounts."""
