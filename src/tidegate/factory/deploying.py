"""Deploy a project: find out what its release is made of, build what is new, and bring it into force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.config.scalars import text_of
from tidegate.errors import ConfigError
from tidegate.model.releases import Artefact, Release, Released, Submitting
from tidegate.platforms.joining import OWNED
from tidegate.releases.archives import digest, zipped
from tidegate.releases.difference import Change, changes
from tidegate.releases.environment import download, environment, wheels_in_zip
from tidegate.releases.packages import Interpreter, pinned_packages, requirement_lines
from tidegate.releases.project import project_files
from tidegate.releases.shelf import Shelf
from tidegate.releases.wheel import PACKAGE, Wheel, installed_wheel
from tidegate.vaults.words import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.config import Settings
    from tidegate.model.releases import Kind

ENTRY_POINT = "tidegate_run.py"
# The same as deploy/tidegate_run.py of tidegate's own repository.
SCRIPT = '''"""What platforms are given to run: `tidegate_run.py --run silver.orders --env prod --config s3://…`."""

from tidegate.factory.arguments import main
from tidegate.factory.submitted import SUBMITTED

if __name__ == "__main__":
    main(SUBMITTED)
'''
_PARTS: Mapping[str, tuple[Kind, ...]] = {
    "emr": ("entry_point", "environment"),
    "emr-serverless": ("entry_point", "environment"),
    "glue": ("entry_point", "wheels"),
    "databricks": ("entry_point", "wheel"),
}


@dataclass(frozen=True)
class Draft:
    """A release that is not built yet.

    Attributes:
        files: The project's files.
        wheel: The wheel of tidegate.
        packages: Versions of the packages, by name.
        interpreter: Python as it is on the platforms.
        python: Where Python is on EMR.
        release: The release without its files.
    """

    files: Mapping[str, bytes]
    wheel: Wheel
    packages: Mapping[str, str]
    interpreter: Interpreter
    python: str
    release: Release
    _wheels: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def made_of(self, kind: Kind) -> str:
        """Return a hash of what a file of the release is made of."""
        if kind == "project":
            return digest(self.files)
        if kind == "entry_point":
            return hashlib.sha256(SCRIPT.encode()).hexdigest()
        if kind == "wheel":
            return self.wheel.made_of
        parts = [kind, self.wheel.made_of, self.interpreter.version, self.interpreter.architecture, self.python]
        parts += [f"{name}=={version}" for name, version in sorted(self.packages.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def build(self, kind: Kind) -> tuple[str, bytes]:
        """Return the name and the content of a file of the release."""
        if kind == "project":
            return "project.zip", zipped(self.files)
        if kind == "entry_point":
            return ENTRY_POINT, SCRIPT.encode()
        if kind == "wheel":
            return self.wheel.name, self.wheel.content()
        if kind == "environment":
            return "environment.tar.gz", environment(self._all_wheels(), self.interpreter, self.python)
        pins = {**self.packages, PACKAGE: self.wheel.version}
        return f"{PACKAGE}.gluewheels.zip", wheels_in_zip(self._all_wheels(), pins)

    def _all_wheels(self) -> Mapping[str, bytes]:
        if not self._wheels:
            self._wheels.update(download(self.packages, self.interpreter))
            self._wheels[self.wheel.name] = self.wheel.content()
        return self._wheels


@dataclass(frozen=True)
class Deployment:
    """What a deployment did, or would do.

    Attributes:
        released: The release; of a dry run, files that are not built have no hash in it.
        changes: What differs from the release that was in force.
        uploaded: Names of the files that were built and uploaded, or would be.
        is_new: Whether the release came into force now, or would.
    """

    released: Released
    changes: tuple[Change, ...]
    uploaded: tuple[str, ...]
    is_new: bool


def deploy(
    settings: Settings, config: str, *, is_dry: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Deployment:
    """Deploy a project, and return what was done. Nothing happens where the release is in force already.

    Args:
        settings: The settings of the environment.
        config: The folder of the configuration.
        is_dry: Whether to build and to write nothing.
        tell: Is told of what takes long.

    Raises:
        ConfigError: The settings cannot be deployed, or a package cannot be had for the platform's Python.
        StorageError: The location cannot be read or written.
    """
    shelf = shelf_of(settings)
    draft = _draft(settings, config)  # what is wrong here is said before the store is asked
    old = shelf.current()
    known = {} if old is None else {kind: one for kind, one in old.artefacts.items() if shelf.has(one)}
    kinds = sorted({"project", *(kind for name in settings.deploy.platforms for kind in _PARTS[name])})
    artefacts: dict[Kind, Artefact] = {}
    uploaded = []
    for kind in kinds:
        made_of = draft.made_of(kind)
        if kind in known and known[kind].made_of == made_of:
            artefacts[kind] = known[kind]
            continue
        if is_dry:
            artefacts[kind] = Artefact(kind, "", 0, made_of)
        else:
            tell(f"building {kind}")
            artefacts[kind] = shelf.put(*draft.build(kind), made_of)
        uploaded.append(artefacts[kind].name)
    release = replace(draft.release, artefacts=artefacts)
    is_new = old is None or release != old
    if is_new and not is_dry:
        shelf.enforce(release, "deploy")
    return Deployment(Released(release, shelf.base), changes(old, release), tuple(uploaded), is_new)


def roll_back(settings: Settings, name: str | None = None, *, is_dry: bool = False) -> Deployment:
    """Bring an earlier release into force, and return what was done.

    Args:
        settings: The settings of the environment.
        name: Its id, the beginning of it or its manifest's address; None for the one that was in force before.
        is_dry: Whether to write nothing.

    Raises:
        ConfigError: There is no such release, or a file of it is gone.
        StorageError: The location cannot be read or written.
    """
    shelf = shelf_of(settings)
    old = shelf.current()
    if old is None:
        raise ConfigError("nothing is deployed", where=shelf.base, hint="tidegate deploy")
    new = shelf.release(name) if name else shelf.before(old)
    is_new = new != old
    if is_new and not is_dry:
        shelf.enforce(new, "rollback")
    return Deployment(Released(new, shelf.base), changes(old, new), (), is_new)


def shelf_of(settings: Settings) -> Shelf:
    """Return where the releases of an environment are.

    Raises:
        ConfigError: The settings do not say it.
    """
    if settings.deploy.location is None:
        raise ConfigError(
            "nothing says where releases go",
            where=f"deploy.location, environment {settings.environment}",
            hint="write deploy: {location: s3://bucket/releases} into the environment's file",
        )
    return Shelf.at(settings.deploy.location, settings.environment)


def _draft(settings: Settings, config: str) -> Draft:
    chosen, root = settings.deploy, Path(settings.root)
    _check_reach(settings, config)
    interpreter = Interpreter(chosen.python, chosen.architecture)
    lines = _lines(chosen.requirements)
    packages = pinned_packages(sorted({*chosen.extras, "aws"}), lines, interpreter)
    folders = [settings.jobs.path, settings.dbt.project_dir]
    folders += [settings.contracts.location] if storage.is_local(settings.contracts.location) else []
    files = project_files(root, [Path(config), *map(Path, folders)])
    release = Release(
        environment=settings.environment,
        config=Path(config).absolute().name,
        python=chosen.python,
        architecture=chosen.architecture,
        artefacts={},
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        packages=packages,
        submitting=submitting(settings),
    )
    python = chosen.interpreter or f"/usr/bin/python{chosen.python}"
    return Draft(files, installed_wheel(packages), packages, interpreter, python, release)


def submitting(settings: Settings) -> Submitting:
    """Return what starting a run takes, as the settings have it; settings that are secrets are left to the run.

    Raises:
        ConfigError: An argument of spark-submit holds a secret.
    """
    told, spark = settings.export, settings.spark
    for argument in told.spark_submit:
        key, joined, _ = argument.partition("=")
        if joined and is_secret_key(key):
            raise ConfigError(
                f"an argument for spark-submit sets {key}, which is a secret",
                where="export.spark_submit",
                hint=f"write {key} into spark.conf, as a reference such as aws-sm:NAME",
            )
    formats = frozenset(layer.format for layer in settings.storage.layers.values())
    left_out = spark.secret_keys | {key for key in spark.conf if key.startswith(OWNED)}
    conf = {key: text_of(value, {}) for key, value in sorted(spark.conf.items()) if key not in left_out}
    return Submitting(
        formats=tuple(sorted(formats)),
        conf=conf,
        spark_submit=told.spark_submit,
        emr_cluster_id=told.emr_cluster_id,
        emr_serverless_application_id=told.emr_serverless_application_id,
        emr_serverless_role_arn=told.emr_serverless_role_arn,
        glue_job_name=told.glue_job_name,
        databricks=settings.deploy.databricks.facts(),
        log_uri=settings.deploy.log_uri,
    )


def _lines(file: str | None) -> list[str]:
    if file is None:
        return []
    try:
        return requirement_lines(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"the file of requirements cannot be read: {error.strerror}",
            where=f"deploy.requirements: {file}",
            hint="write it, or leave the setting out",
        ) from error


def _check_reach(settings: Settings, config: str) -> None:
    """Refuse what would end in a folder of a machine that is gone after the run."""
    if not storage.is_local(config) or config.endswith(".json"):
        raise ConfigError(
            "a project is deployed from a folder of this machine", where=config, hint="name it with --config"
        )
    location, root = settings.deploy.location or "", settings.storage.root
    if storage.is_local(root) and not storage.is_local(location):
        raise ConfigError(
            f"the tables of {settings.environment} are in a folder of this machine, which runs elsewhere do not have",
            where=f"storage.root: {root}",
            hint="deploy another environment (--env), or put the tables into an object store",
        )
