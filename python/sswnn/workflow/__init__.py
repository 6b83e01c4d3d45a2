"""Runs programs and remembers finished steps: what a command needs to drive LAMMPS from building to report."""
