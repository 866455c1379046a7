"""What scripts of this folder share: commands of KAGE, and a page whose tables stand between two marks."""

import re
import subprocess
import sys
from pathlib import Path

END = "<!-- end of tables -->\n"


def kage(*arguments: str) -> None:
    """Run a command of KAGE, which must succeed."""
    subprocess.run([sys.executable, "-m", "kage", *arguments], check=True)


def replace(page: Path, begin: str, told: str) -> None:
    """Put text between the mark `begin` and `END`. Exits with a line if the page does not hold both, once."""
    between = re.compile(f"{re.escape(begin)}.*{re.escape(END)}", re.S)
    text, found = between.subn(lambda _: f"{begin}\n{told}\n{END}", page.read_text())
    if found != 1:
        sys.exit(f"{page} does not hold its marks, once")
    page.write_text(text)
