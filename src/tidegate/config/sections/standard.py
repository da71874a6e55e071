"""Jobs that are declared in a pipeline's file alone: where rows come from, how they are cleaned and written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.model import declarations, modes
from tidegate.model.standard import Cleaning
from tidegate.model.topics import Kafka, OnGap

if TYPE_CHECKING:
    from tidegate.model.declarations import Input
    from tidegate.model.modes import WriteMode
    from tidegate.model.standard import Argument

Names: TypeAlias = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
Texts: TypeAlias = Annotated[tuple[str, ...], Field(strict=False)]


class NewSettings(Section):
    """The rows of a table that came or changed since the job's last run."""

    type: Literal["new"]
    table: str = Field(description="Name of the table, such as bronze.orders.")

    def declared(self) -> Input:
        """Return the input."""
        return declarations.New(self.table)


class WholeSettings(Section):
    """All rows of a table."""

    type: Literal["whole"]
    table: str = Field(description="Name of the table, such as bronze.orders.")

    def declared(self) -> Input:
        """Return the input."""
        return declarations.Whole(self.table)


class FilesSettings(Section):
    """New files of a feed in the landing zone."""

    type: Literal["files"]
    feed: str = Field(min_length=1, description="Folder of the feed, below landing.root.")
    format: Literal["jsonl", "csv", "xml", "parquet"] = Field(description="How the files are written.")
    options: ReadOnlyMapping[str, str] = Field(default_factory=dict, description="Options of the format.")
    suffix: str | None = Field(default=None, description="How the names of its files end; null: as usual.")
    identity: Literal["size", "etag", "modified"] = Field(
        default="size", description="What tells a file that was corrected from the one that was read."
    )

    def declared(self) -> Input:
        """Return the input."""
        options = tuple(self.options.items())
        return declarations.Files(self.feed, self.format, options, self.suffix, self.identity)


class DatabaseSettings(Section):
    """Rows of a database that came or changed since the job's last run, by a cursor."""

    type: Literal["database"]
    connection: str = Field(min_length=1, description="Name of the connection in the settings.")
    cursor: str = Field(min_length=1, description="Column that grows with every row that comes or changes.")
    table: str | None = Field(default=None, description="The table as SQL names it; or a query.")
    query: str | None = Field(default=None, description="A SELECT without a semicolon; or a table.")
    overlap_minutes: float | None = Field(
        default=0, ge=0, description="How far behind the greatest value a row may still appear; null: never."
    )
    partitions: int = Field(default=1, ge=1, le=256, description="Parts that are read at the same time.")

    def declared(self) -> Input:
        """Return the input."""
        overlap: timedelta | int | None = self.overlap_minutes and timedelta(minutes=self.overlap_minutes)  # type: ignore[assignment]
        by = declarations.Cursor(self.cursor, overlap)
        return declarations.Database(self.connection, by, self.table, self.query, self.partitions)


class KafkaSettings(Section):
    """Records of a topic of Kafka that came since the job's last run."""

    type: Literal["kafka"]
    connection: str = Field(min_length=1, description="Name of the connection in the settings.")
    topic: str = Field(min_length=1, description="The topic.")
    max_records: int | None = Field(
        default=None, ge=1, description="How many records one batch takes at most; null: all there are."
    )
    since: AwareDatetime | None = Field(
        default=None,
        strict=False,
        description="Moment from which on the first batch reads; null: all that the topic still has.",
    )
    on_gap: OnGap = Field(
        default="fail", description="What happens where records that were never read are gone: fail, or skip them."
    )

    def declared(self) -> Input:
        """Return the input."""
        return Kafka(self.connection, self.topic, self.max_records, self.since, self.on_gap)


class LateSettings(Section):
    """How late a row may come, and what becomes of one that comes later."""

    column: str = Field(description="Event-time column.")
    days: int = Field(ge=0, description="How many days late a row may be.")
    beyond: modes.Beyond = Field(default="merge", description="What becomes of a row that is later.")

    def window(self) -> modes.LateWindow:
        """Return the late window."""
        return modes.LateWindow(self.column, self.days, self.beyond)


class AppendSettings(Section):
    """Rows are added; with a primary key in the contract, each key once."""

    type: Literal["append"]
    late: LateSettings | None = Field(default=None, description="How late a row may come; null: any time.")

    def mode(self) -> WriteMode:
        """Return the write mode."""
        return modes.Append(self.late.window() if self.late else None)


class UpsertSettings(Section):
    """The latest row of each key."""

    type: Literal["upsert"]
    keys: Names = Field(description="Columns that identify a row.")
    sequence_by: str = Field(description="Column that orders the versions of a row.")
    late: LateSettings | None = Field(default=None, description="How late a row may come; null: any time.")

    def mode(self) -> WriteMode:
        """Return the write mode."""
        return modes.Upsert(self.keys, self.sequence_by, self.late.window() if self.late else None)


class Scd2Settings(Section):
    """Every version of each key, with the time that it was valid."""

    type: Literal["scd2"]
    keys: Names = Field(description="Columns that identify a row.")
    sequence_by: str = Field(description="Column that says from when on a version is valid.")
    track: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] | None = Field(
        default=None, description="Columns whose changes make a version; null: all."
    )

    def mode(self) -> WriteMode:
        """Return the write mode."""
        return modes.Scd2(self.keys, self.sequence_by, track=self.track)


class ReplaceSettings(Section):
    """The batch takes the place of the table."""

    type: Literal["replace"]

    def mode(self) -> WriteMode:
        """Return the write mode."""
        return modes.Replace()


class ReplaceWindowSettings(Section):
    """The batch takes the place of the days that it has rows of."""

    type: Literal["replace_window"]
    column: str = Field(description="Event-time column.")

    def mode(self) -> WriteMode:
        """Return the write mode."""
        return modes.ReplaceWindow(self.column)


class _StepSettings(Section):
    """A step of cleaning."""

    def cleaning(self) -> Cleaning:
        """Return the step with its arguments."""
        arguments: dict[str, Argument] = {
            name: dict(value) if name in {"names", "types"} else value for name, value in self if name != "type"
        }
        return Cleaning(str(getattr(self, "type", "")), arguments)


class TrimStringsSettings(_StepSettings):
    """Takes white space from both ends of texts."""

    type: Literal["trim_strings"]
    columns: Names | None = Field(default=None, description="Columns; null: all texts.")


class BlankToNullSettings(_StepSettings):
    """Makes null of texts without a letter."""

    type: Literal["blank_to_null"]
    columns: Names | None = Field(default=None, description="Columns; null: all texts.")


class StandardizeCaseSettings(_StepSettings):
    """Writes texts in one case."""

    type: Literal["standardize_case"]
    columns: Names = Field(description="Columns.")
    case: Literal["lower", "upper"] = Field(default="upper", description="The case.")


class CastColumnsSettings(_StepSettings):
    """Gives columns other types; what does not fit becomes null."""

    type: Literal["cast_columns"]
    types: ReadOnlyMapping[str, str] = Field(description="Type by column, such as decimal(12,2).")


class RenameColumnsSettings(_StepSettings):
    """Gives columns other names."""

    type: Literal["rename_columns"]
    names: ReadOnlyMapping[str, str] = Field(description="New name by old name.")


class SelectColumnsSettings(_StepSettings):
    """Leaves out all other columns."""

    type: Literal["select_columns"]
    columns: Names = Field(description="Columns, in their order.")


class LatestByKeySettings(_StepSettings):
    """Keeps one row of each key: the one that comes last."""

    type: Literal["latest_by_key"]
    keys: Names = Field(description="Columns of the key.")
    order_by: str = Field(description="Column that orders the rows of a key.")


class ParseTimestampsSettings(_StepSettings):
    """Makes moments of texts; null where a text is none."""

    type: Literal["parse_timestamps"]
    columns: Names = Field(description="Columns.")
    pattern: str | None = Field(default=None, description="How they are written, in Spark's letters; null: ISO 8601.")


class ToUtcSettings(_StepSettings):
    """Makes moments in UTC of local times."""

    type: Literal["to_utc"]
    columns: Names = Field(description="Columns.")
    zone: str = Field(description="The zone, such as Europe/Berlin.")


class DayOfSettings(_StepSettings):
    """Adds the day of a moment."""

    type: Literal["day_of"]
    moment: str = Field(description="A timestamp or date column.")
    into: str = Field(description="Name of the day's column.")


SourceSettings: TypeAlias = Annotated[
    NewSettings | WholeSettings | FilesSettings | DatabaseSettings | KafkaSettings, Field(discriminator="type")
]
WriteSettings: TypeAlias = Annotated[
    AppendSettings | UpsertSettings | Scd2Settings | ReplaceSettings | ReplaceWindowSettings,
    Field(discriminator="type"),
]
StepSettings: TypeAlias = Annotated[
    TrimStringsSettings
    | BlankToNullSettings
    | StandardizeCaseSettings
    | CastColumnsSettings
    | RenameColumnsSettings
    | SelectColumnsSettings
    | LatestByKeySettings
    | ParseTimestampsSettings
    | ToUtcSettings
    | DayOfSettings,
    Field(discriminator="type"),
]
