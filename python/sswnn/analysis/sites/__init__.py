"""Where mobile ions are in a crystal and how they move: sites, hops and channels, percolating paths, van Hove functions."""
