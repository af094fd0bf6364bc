"""Trials one after the other, each of which may only take so long.

Python cannot stop a thread. With a limit, trials are therefore made in a thread of their own, a shift, while the caller
sleeps until the trial that runs then is due. A trial that takes too long has failed; its shift is left behind, and the
next one goes on with the trial after it. A trial costs no switch between threads this way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Final

from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.documents import Trial
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.trials import failed_trial, run_trial

MOST_LEFT_BEHIND: Final = 16
"""Threads of one scenario that may still run after their time; with more, the machine has none left to go on."""


class NotRun(Exception):  # noqa: N818 - the name is what a report says became of the trial
    """A trial that was not made, because too many before it do not end."""


def run_trials(
    scenario: EvaluationScenario,
    contexts: Sequence[EvaluationContext],
    *,
    timeout: float | None = None,
    on_trial: Callable[[], None] | None = None,
) -> list[Trial]:
    """Run the trials of a scenario, in order.

    Args:
        scenario: What to try.
        contexts: One for each trial.
        timeout: Seconds that a trial may take; None for as long as it takes.
        on_trial: Called after each trial; in the thread of the trials.

    Raises:
        OutcomeError: The scenario returned what is no outcome.
    """
    done: list[Trial] = []
    behind: list[threading.Thread] = []
    if timeout is None:
        for context in contexts:
            done.append(run_trial(scenario, context))
            if on_trial is not None:
                on_trial()
        return done
    while len(done) < len(contexts):
        left = contexts[len(done) :]
        behind = [thread for thread in behind if thread.is_alive()]
        if len(behind) >= MOST_LEFT_BEHIND:
            done += [failed_trial(context, NotRun(f"{len(behind)} trials before it still run")) for context in left]
            break
        shift = _Shift(scenario, left, timeout, on_trial)
        made = shift.work()
        done += made
        if len(made) < len(left):
            behind.append(shift.thread)
            late = TimeoutError(f"no outcome within {timeout:g} s")
            done.append(failed_trial(left[len(made)], late))
            if on_trial is not None:
                on_trial()
    return done


class _Shift:
    """A thread that makes trials until all are made or one takes too long."""

    def __init__(
        self,
        scenario: EvaluationScenario,
        contexts: Sequence[EvaluationContext],
        timeout: float,
        on_trial: Callable[[], None] | None,
    ) -> None:
        self._scenario = scenario
        self._contexts = contexts
        self._timeout = timeout
        self._on_trial = on_trial
        self._made: list[Trial] = []
        self._begun = time.monotonic()
        self._given_up = False
        self._raised: BaseException | None = None
        self._lock = threading.Lock()
        watched = copy_context()
        self.thread = threading.Thread(
            target=lambda: watched.run(self._make_all), daemon=True, name=f"trials of {scenario.name}"
        )

    def work(self) -> list[Trial]:
        """Make trials; fewer than there are contexts where the one after them took too long."""
        self.thread.start()
        try:
            self._wait()
        except BaseException:
            # Whoever interrupts wants no more trials, and this thread would go on with them.
            with self._lock:
                self._given_up = True
            raise
        if self._raised is not None:
            raise self._raised
        return self._made

    def _wait(self) -> None:
        while self.thread.is_alive():
            self.thread.join(max(0.0, self._begun + self._timeout - time.monotonic()))
            with self._lock:
                if self.thread.is_alive() and time.monotonic() - self._begun >= self._timeout:
                    self._given_up = True
                    break

    def _make_all(self) -> None:
        try:
            for context in self._contexts:
                trial = run_trial(self._scenario, context)
                with self._lock:
                    if self._given_up:
                        return
                    self._made.append(trial)
                    self._begun = time.monotonic()
                if self._on_trial is not None:
                    self._on_trial()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._raised = error
