"""Hands the CMake build (plugin, Python extension) to setuptools; all else is in pyproject.toml."""

from setuptools import setup

setup(cmake_source_dir=".")
