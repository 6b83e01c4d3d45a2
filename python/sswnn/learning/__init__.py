"""The self-learning loop: explore with the present potential, pick, label, train, and again."""
