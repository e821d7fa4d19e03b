"""`zroute findings`: what the rules have against what was recorded."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from zroute_core.cli.words import day, municipality, number_of
from zroute_core.read_models.findings import Finding, Findings, FindingsOfAll, RuleCount


def show_findings(console: Console, findings: Findings) -> None:
    """In the order of the days; what each weighs stands in words."""
    console.print(f"Findings under {findings.programme}", style="bold")
    console.print(f"on {day(findings.day)}, by the rules as known on {day(findings.rulebook)}")
    found = len(findings.findings)
    console.print(f"{number_of(findings.facts, 'fact')} judged: {number_of(found, 'finding') if found else 'nothing'}")
    for one in findings.findings:
        console.print(f"\n{one.on}  {one.rule}", style="bold")
        _item(console, one.fact)
        _item(console, f"{_weight(one)}: {one.sentence.en}")
        if one.reason:
            _item(console, f"reason of the exception: {one.reason}")
        _item(console, f"source: {one.source}")
        _item(console, f"entry: {one.event_id}")


def show_findings_of_all(console: Console, table: FindingsOfAll) -> None:
    """By rule, all together first and then by municipality."""
    console.print(f"Findings on {day(table.day)}, by the rules as known on {day(table.rulebook)}", style="bold")
    under = ", ".join(f"{name} {n}" for name, n in table.programmes.items())
    console.print(f"n = {table.participants}" + (f" ({under})" if under else ""))
    console.print(f"{table.with_findings} with a finding")
    if not table.counts:
        return
    console.print()
    lines = Table(box=None, pad_edge=False)
    lines.add_column("rule", overflow="fold")
    for title in ("findings", "refusing", "people"):
        lines.add_column(title, justify="right", no_wrap=True)
    for line in table.counts:
        whole = line.municipality is None
        lines.add_row(_whose(line), str(line.findings), str(line.refusing), str(line.participants), style=_bold(whole))
    console.print(lines)
    console.print("\nRefusing: a binding rule objects, and nobody let an exception pass.")


def _whose(line: RuleCount) -> str:
    return line.rule if line.municipality is None else f"  {municipality(line.municipality)}"


def _bold(whole: bool) -> str | None:
    return "bold" if whole else None


def _weight(finding: Finding) -> str:
    if not finding.binding:
        return "advisory"
    return "binding, exception made" if finding.overridden else "binding"


def _item(console: Console, text: str) -> None:
    console.print(Padding.indent(text, 2))
