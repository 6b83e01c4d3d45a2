"""Labelled frames: reading and writing, crystals, sampling, and label engines. Never imports torch."""
