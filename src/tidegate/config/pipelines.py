"""Pipelines in files: jobs that run together. Their order follows from what they read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import Section
from tidegate.config.sections.standard import SourceSettings, StepSettings, WriteSettings
from tidegate.errors import TidegateError
from tidegate.model.pipelines import OnFailure, Pipeline, Step
from tidegate.model.standard import Standard

if TYPE_CHECKING:
    from typing_extensions import Self

NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"


class PipelineJobSettings(Section):
    """A job of a pipeline: one of the jobs folder by name, or, with `input` and `write`, one without Python."""

    job: str = Field(pattern=NAME, description="Name of the job: the table that it writes, such as silver.orders.")
    on_failure: OnFailure | None = Field(
        default=None,
        description="What happens when it does not end well: stop starts no further job, skip_dependents leaves out "
        "those that need it, roll_back takes back what the run has written. Null: as run.keep_going says.",
    )
    timeout_seconds: float | None = Field(
        default=None, gt=0, description="How long it may take, all attempts together; null: any time."
    )
    retries: int = Field(
        default=0, ge=0, le=100, description="How often it is run again after errors that may go away."
    )
    retry_wait_seconds: float = Field(
        default=5.0, ge=0, le=300, description="The longest wait before the second attempt; it doubles with each."
    )
    description: str = Field(default="", description="What the table holds, of a job that is declared here.")
    input: SourceSettings | None = Field(default=None, description="Where rows come from, of a job declared here.")
    steps: Annotated[tuple[StepSettings, ...], Field(strict=False)] = Field(
        default=(), description="How rows are cleaned, one step after the other, of a job declared here."
    )
    write: WriteSettings | None = Field(default=None, description="How the table is written, of a job declared here.")
    cluster_by: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="Columns by which files are sorted, of a job declared here."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.input is None) != (self.write is None) or (self.input is None and (self.steps or self.cluster_by)):
            hint = "give both, or neither for a job of the jobs folder"
            raise PydanticCustomError("tidegate", "is declared by its input and how it is written", {"hint": hint})
        try:
            self.step("")
        except TidegateError as error:
            raise PydanticCustomError("tidegate", "{what}", {"what": error.what, "hint": error.hint}) from error
        return self

    def step(self, where: str) -> Step:
        """Return what the section declares.

        Args:
            where: The file and line of it.

        Raises:
            JobDefinitionError: The declaration cannot run.
        """
        job: str | Standard = self.job
        if self.input is not None and self.write is not None:
            steps = tuple(step.cleaning() for step in self.steps)
            source, mode = self.input.declared(), self.write.mode()
            job = Standard(self.job, source, mode, steps, self.cluster_by, self.description)
        return Step(job, self.on_failure, self.timeout_seconds, self.retries, self.retry_wait_seconds, where)


def _named(given: object) -> object:
    return {"job": given} if isinstance(given, str) else given


def _distinct(jobs: tuple[PipelineJobSettings, ...]) -> tuple[PipelineJobSettings, ...]:
    names = [listed.job for listed in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PydanticCustomError("tidegate", "names a job twice: {twice}", {"twice": ", ".join(twice)})
    return jobs


_Listed: TypeAlias = Annotated[PipelineJobSettings, BeforeValidator(_named)]


class PipelineSettings(Section):
    """Jobs that run together, in the order that their inputs and outputs give."""

    name: str = Field(pattern=NAME, description="Name of the pipeline, which is also the name of its file.")
    description: str = Field(min_length=1, description="What the pipeline brings about, in one sentence.")
    jobs: Annotated[tuple[_Listed, ...], Field(strict=False, min_length=1), AfterValidator(_distinct)] = Field(
        description="Names of the jobs, or more about them, in any order."
    )

    _places: tuple[str, ...] = PrivateAttr(default=())

    def placed(self, places: tuple[str, ...]) -> Self:
        """Return the same pipeline, knowing its places: the file and line of each job, and then of the pipeline."""
        copy = self.model_copy()
        copy._places = places  # noqa: SLF001 - it is our own
        return copy

    def pipeline(self) -> Pipeline:
        """Return what the file declares."""
        places = self._places or ("",) * (len(self.jobs) + 1)
        steps = tuple(listed.step(place) for listed, place in zip(self.jobs, places, strict=False))
        return Pipeline(steps, self.name, self.description, places[-1])
