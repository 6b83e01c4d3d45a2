"""Trajectories: reading, streaming, unwrapping, one pass for many observers."""
