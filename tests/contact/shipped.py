"""The letters shown in docs/letters: `python -m tests.contact.shipped` makes them again."""

from pathlib import Path

from services.contact.letters.render import render
from tests.contact.letters import LETTERS
from tests.contact.papers import pngs

FOLDER = Path(__file__).parents[2] / "docs" / "letters"
SHOWN = {"finland-demand": "FI-demand", "norway-demand": "NO-demand"}


def main() -> None:
    """Write each letter as PDF and its pages as PNG."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, key in SHOWN.items():
        pdf = render(LETTERS[key])
        (FOLDER / f"{name}.pdf").write_bytes(pdf)
        for number, picture in enumerate(pngs(pdf), start=1):
            (FOLDER / f"{name}-{number}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
