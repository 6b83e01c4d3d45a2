"""The potential of docs/theory.md in PyTorch: same equations and file names as the C++ kernels."""
