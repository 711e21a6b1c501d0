"""Puts rows into a table of a Markdown file: each takes the place of the row with the same first cells, or comes last.

Usage: table_rows.py FILE TABLE KEYS < ROWS. The table is the one below the line `<!-- TABLE -->`; KEYS is the number of
cells that tell rows apart.
"""

import sys
from pathlib import Path


def cells(row):
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def main():
    path, name, keys = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    lines = path.read_text().split("\n")
    mark = f"<!-- {name} -->"
    if mark not in lines:
        sys.exit(f"{path}: has no line '{mark}'")
    first = next(i for i in range(lines.index(mark), len(lines)) if lines[i].startswith("|")) + 2
    end = next(i for i in range(first, len(lines) + 1) if i == len(lines) or not lines[i].startswith("|"))
    table = {tuple(cells(line)[:keys]): line for line in lines[first:end]}
    for row in sys.stdin.read().splitlines():
        if row.startswith("|"):
            table[tuple(cells(row)[:keys])] = row
    path.write_text("\n".join(lines[:first] + list(table.values()) + lines[end:]))


if __name__ == "__main__":
    main()
