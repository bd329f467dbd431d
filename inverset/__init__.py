"""What a person types or imports."""
