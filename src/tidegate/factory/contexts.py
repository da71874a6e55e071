"""What runs of a project are given, from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.observers import make_observers
from tidegate.factory.places import connection_of
from tidegate.factory.upkeep import upkeep_after_runs
from tidegate.job.context import Observers, RunContext
from tidegate.job.erasure.register import ErasureRegister
from tidegate.job.retries import Retries
from tidegate.platforms.gateway import analysed_plan
from tidegate.platforms.topics import topic_extent
from tidegate.platforms.usage import Usage
from tidegate.tables.staging import FileStaging, MemoryStaging

if TYPE_CHECKING:
    from tidegate.factory.lakehouse import Lakehouse


def run_context(lakehouse: Lakehouse) -> RunContext:
    """Return what runs of a project are given; Spark is not started.

    Args:
        lakehouse: The project.
    """
    settings, root = lakehouse.settings, lakehouse.settings.storage.root
    is_in_memory = settings.run.staging == "memory"
    return RunContext(
        session=lakehouse.session,
        tables=lakehouse.tables,
        contracts=lakehouse.contracts,
        staging=MemoryStaging(root) if is_in_memory else FileStaging(root, lakehouse.session),
        landing=settings.landing.root,
        connection=lambda name: connection_of(settings.connections, name, lakehouse.environ),
        topic=lambda connection, topic, since: topic_extent(lakehouse.session(), connection, topic, since),
        observers=Observers((lakehouse.first_run, *lakehouse.observers, *make_observers(settings, lakehouse.environ))),
        max_quarantined_share=settings.gate.max_quarantined_share,
        min_score=settings.gate.min_score,
        is_debugging=lakehouse.is_debugging,
        fold_rows=settings.maintenance.fold_rows,
        retries=Retries(settings.run.conflict_retries, settings.run.conflict_wait_seconds),
        maintain=upkeep_after_runs(lakehouse),
        privacy_key=lambda: settings.privacy.key_of(lakehouse.environ),
        erased=ErasureRegister(root).subjects,
        look_into=analysed_plan if settings.lineage.enabled else None,
        usage=Usage(),
    )
