"""Turns the sections' results into docs/benchmarks.json, .svg and .md, and docs/growth.svg."""

import dataclasses
import json
import pathlib
import platform

import plots
from results import Bar, Section, Table

PICTURES = {"growth": "growth.svg"}
# The load of a machine on which nothing but the benchmark runs is at most the threads it uses.
QUIET = 2.5


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict((part.strip() for part in line.split(":", 1)) for line in lines if ":" in line)
    names = {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "asimddp"}
    names &= set((facts.get("flags") or facts.get("Features", "")).split())
    family = f"family {facts.get('cpu family', '?')}, model {facts.get('model', '?')}"
    return f"{facts.get('model name', platform.machine())} ({family}; {', '.join(sorted(names))})"


def bars_table(bars: list[Bar]) -> Table:
    return Table(["what", "measured", "aimed at", ""], [bar.row() for bar in bars])


def page(sections: list[Section], arguments) -> str:
    bars = [bar for section in sections for bar in section.bars]
    reached = sum(bar.is_reached for bar in bars)
    parts = [
        f"""# Benchmarks

Written by `make bench` on {processor()}, {platform.system()}, Python {platform.python_version()}. One thread where nothing
else is said. Things that are compared run in turns, in random order, in one process: the numbers are medians and
quartiles over the rounds, and what is aimed at are ratios between them. Accuracies stand beside the times so that
nobody compares a wrong network; they are those of the very things that were timed.

![milliseconds per image](benchmarks.svg)

## What is aimed at

{reached} of {len(bars)} are reached.

{bars_table(bars).text()}"""
    ]
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.text}\n")
        if section.processor not in ("", processor()):
            parts.append(f"Measured on {section.processor}.\n")
        if section.machine_load > QUIET:
            parts.append(
                f"Other programs ran meanwhile (load {section.machine_load:.1f}): times are longer than they "
                "would be, and ratios less certain.\n"
            )
        if section.name in PICTURES:
            parts.append(f"![{section.title.lower()}]({PICTURES[section.name]})\n")
        parts += [table.text() for table in section.tables]
    return "\n".join(parts)


def write(folder: pathlib.Path, sections: list[Section], arguments) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "processor": processor(),
        "sections": [
            {
                "name": s.name, "seconds": round(s.seconds), "machine_load": s.machine_load,
                "processor": s.processor, "points": s.points,
                "bars": [{**dataclasses.asdict(b), "is_reached": b.is_reached} for b in s.bars],
            }
            for s in sections
        ],
    }  # fmt: skip
    (folder / "benchmarks.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    text = page(sections, arguments)
    (folder / "benchmarks.md").write_text(text)
    times = [p for s in sections for p in s.points if p["plot"] == "milliseconds"]
    if times:
        plots.milliseconds(folder / "benchmarks.svg", times)
    for section in sections:
        if section.name == "growth":
            plots.growth(folder / "growth.svg", section.points)
    print(text)
