"""The catalogue of activations on a screen, at any width."""

from rich.console import Group
from rich.table import Table

from inr.catalogue import BY_LAYER, Row, details
from sweeps.screen.terminal import Screen, styled


def show(rows: list[Row], screen: Screen) -> None:
    """Print a row an activation: its name, and what it is, wrapped to the width of the screen."""
    table = Table(show_header=False, box=None, padding=(0, 2, 1, 0), expand=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(row.name, Group(*map(styled, details(row))))
    screen.print(table)
    screen.print(BY_LAYER)
