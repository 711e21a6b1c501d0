"""What a section of the benchmark finds: tables, and numbers beside what is aimed at."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass
class Bar:
    """A measured value and the largest (or least) one that is good enough."""

    what: str
    value: float
    bar: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def row(self) -> list[str]:
        relation = "≥" if self.at_least else "≤"
        return [
            self.what, f"{self.value:.2f}{self.unit}", f"{relation} {self.bar:.2f}{self.unit}",
            "reached" if self.is_reached else "missed",
        ]  # fmt: skip


@dataclasses.dataclass
class Table:
    head: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


@dataclasses.dataclass
class Section:
    """`points` are the numbers that plots are drawn from: [{"plot", "series", "x", "y", ...}]."""

    name: str
    title: str
    text: str
    tables: list[Table] = dataclasses.field(default_factory=list)
    bars: list[Bar] = dataclasses.field(default_factory=list)
    points: list[dict] = dataclasses.field(default_factory=list)
    seconds: float = 0
    machine_load: float = 0  # the mean over the last minute at the end
    processor: str = ""  # that it was measured on

    def save(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(text + "\n")

    @staticmethod
    def load(path: pathlib.Path) -> "Section":
        fields = json.loads(path.read_text())
        fields["tables"] = [Table(**table) for table in fields["tables"]]
        fields["bars"] = [Bar(**bar) for bar in fields["bars"]]
        return Section(**fields)
