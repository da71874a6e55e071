"""Pipelines: jobs that run together. Their order follows from what they read and write."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import Section

NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"


def _distinct(jobs: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({job for job in jobs if jobs.count(job) > 1})
    if twice:
        raise PydanticCustomError("tidegate", "names a job twice: {twice}", {"twice": ", ".join(twice)})
    return jobs


class PipelineSettings(Section):
    """Jobs that run together, in the order that their inputs and outputs give."""

    name: str = Field(pattern=NAME, description="Name of the pipeline, which is also the name of its file.")
    description: str = Field(min_length=1, description="What the pipeline brings about, in one sentence.")
    jobs: Annotated[
        tuple[Annotated[str, Field(pattern=NAME)], ...], Field(strict=False, min_length=1), AfterValidator(_distinct)
    ] = Field(description="Names of the jobs, in any order.")
