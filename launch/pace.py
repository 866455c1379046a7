"""How fast a training is, and how long it will take."""

from dataclasses import dataclass

from kage.console import duration


@dataclass
class Pace:
    """The speed of one training in this process. Its first chunk and its first evaluation compile, so they do not
    count."""

    updates: int  # of the whole training
    steps: int  # environment steps of an update, of all seeds together
    eval_every: int  # updates between evaluations
    seconds: float = 0.0  # spent on the chunks that count
    done: int = 0  # updates of the chunks that count
    pause: float = 0.0  # s of the quickest evaluation; 0: not known yet
    compiled: tuple[str, ...] = ()  # what was done once

    def trained(self, seconds: float, updates: int) -> None:
        """Take account of a chunk of updates."""
        if self.counts("chunk"):
            self.seconds, self.done = self.seconds + seconds, self.done + updates

    def evaluated(self, seconds: float) -> None:
        """Take account of an evaluation."""
        if self.counts("evaluation"):
            self.pause = min(seconds, self.pause or seconds)

    def counts(self, what: str) -> bool:
        """False for the first time, which compiles."""
        known = what in self.compiled
        self.compiled += () if known else (what,)
        return known

    def text(self, update: int) -> str:
        """Speed and time left after this many updates, in words; empty until they are known."""
        if not self.done:
            return ""
        left = self.updates - update
        seconds = left * self.seconds / self.done + -(-left // self.eval_every) * self.pause
        least = "" if self.pause else "at least "
        return f"{self.steps * self.done / self.seconds:,.0f} steps/s, {least}{duration(seconds)} left"
