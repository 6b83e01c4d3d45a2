"""Crystals: polyhedra, layers, powder patterns, order-parameter maps."""
