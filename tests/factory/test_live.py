"""On a terminal a person sees what runs, at which step, with how many rows and for how long, and what has ended."""

from __future__ import annotations

import io

from rich.console import Console
from tests.factory.test_run_page import BRONZE, PIPELINE, SILVER

from tidegate.factory.live import LiveProgress
from tidegate.model.events import RunStarted, StepStarted


def test_running_jobs_are_shown_with_step_rows_and_time_and_ended_ones_stay() -> None:
    now = [0.0]
    screen = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    shown = LiveProgress(screen, clock=lambda: now[0])
    shown.started(RunStarted("p", "shop", "2026-01-01", is_pipeline=True))
    shown.started(RunStarted(BRONZE.run_id, BRONZE.job, "2026-01-01"))
    shown.started(RunStarted(SILVER.run_id, SILVER.job, "2026-01-01"))
    shown.step(StepStarted(BRONZE.run_id, BRONZE.job, "publish", rows=1234))
    shown.step(StepStarted("unheard of", "x", "publish"))
    now[0] = 7.0
    shown.ended(SILVER)
    plain = Console(file=io.StringIO(), width=120)
    with plain.capture() as capture:
        plain.print(shown._shown())
    (line,) = capture.get().splitlines()
    assert line.split()[1:] == ["bronze.orders", "publish", "1,234", "rows", "7", "s"]
    shown.pipeline_ended(PIPELINE)
    shown.close()
    shown.close()
    written = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "shop  run p" in written
    assert "silver.orders" in written
    assert "FAILED" in written


def test_a_name_is_shown_as_it_is_and_not_read_as_markup() -> None:
    screen = Console(file=io.StringIO(), width=120)
    shown = LiveProgress(screen)
    shown.started(RunStarted("p", "[red]shop[/nothing]", "2026-01-01", is_pipeline=True))
    shown.close()
    assert "[red]shop[/nothing]  run p" in screen.file.getvalue()  # type: ignore[attr-defined]
