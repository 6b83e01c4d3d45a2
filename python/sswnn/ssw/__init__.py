"""Stochastic surface walking: search of minima and what is known about them."""
