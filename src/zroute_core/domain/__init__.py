"""What is true and what is allowed: facts, decisions, policies. Standard library and attrs only."""
