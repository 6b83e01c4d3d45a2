"""Interfaces of a metal and a halide: layers, bonds, dissolution, film, environments, densities."""
