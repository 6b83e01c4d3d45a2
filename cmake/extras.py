"""Print the requirements of the named extras of pyproject.toml, one a line, for `make`.

`pip install .[extra]` would build the package again only to install what stands beside it.
"""

import importlib.metadata
import re
import sys

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for requirement in importlib.metadata.requires("sswnn") or []:
        extra = re.search(r'extra == ["\']([^"\']+)["\']', requirement)
        if extra and extra.group(1) in wanted:
            print(requirement.split(";")[0].strip().replace(" ", ""))
