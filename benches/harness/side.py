"""One side of a comparison: a command that copies the same rows as the other sides of its case."""
import os
from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass
class Side:
    """A command and what it moves."""
    command: list
    env: dict = field(default_factory=lambda: dict(os.environ))
    # dbferry's, not another tool's
    own: bool = False
    rows: int = 0
    bytes: int = 0
    # at most so many rounds, for what is slow and only asked about its size
    rounds: Optional[int] = None
    # prepares the target when the case's own way does not do
    before: Optional[Callable] = None
    # whether the rows are there, when the case's own way does not do
    check: Optional[Callable] = None


@dataclass
class Case:
    """Sides that alternate, their target made ready before each run and looked at afterwards."""
    name: str
    title: str
    sides: dict
    before: Callable
    check: Callable
    kinds: tuple
    rounds: Optional[int] = None
    # removes what the case alone needed
    after: Callable = lambda: None
