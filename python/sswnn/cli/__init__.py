"""The `sswnn` command: one module a sub-command, collected in `sswnn.cli.main`."""
