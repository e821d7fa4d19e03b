"""Event sourcing with no Z-route in it. Standard library and attrs only."""
