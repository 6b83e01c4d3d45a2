"""Result pages: one HTML file that needs nothing else, with plots inside and links to the data beside it."""

from sswnn.report.interface_page import write_interface_page

__all__ = ["write_interface_page"]
