"""What was deployed: a release, its parts by the hash of their content, and what starting a run of it takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003 - tests make values from the annotations
from dataclasses import asdict, dataclass, field, fields
from typing import Literal, TypeAlias, get_args

from tidegate.errors import ConfigError

Kind: TypeAlias = Literal["project", "entry_point", "wheel", "environment", "wheels"]
KINDS: tuple[Kind, ...] = get_args(Kind)

RunPlatform: TypeAlias = Literal["emr", "emr-serverless", "glue", "databricks"]
PLATFORMS: tuple[RunPlatform, ...] = get_args(RunPlatform)  # where releases can be run

CURRENT = "current.json"  # which release is in force; the same document as the release's own
RELEASES, BLOBS, HISTORY = "releases", "blobs", "history"
_ID_LENGTH = 20
_LAYOUT = 1


@dataclass(frozen=True)
class Artefact:
    """A file of a release.

    Attributes:
        name: Its file name, which some platforms look at.
        sha256: Hash of its content, in hexadecimal digits.
        size: Its length in bytes.
        made_of: Hash of what it was made of; equal ones need not be made again.
    """

    name: str
    sha256: str
    size: int
    made_of: str

    @property
    def path(self) -> str:
        """Where it is, below the environment's folder."""
        return f"{BLOBS}/{self.sha256}/{self.name}"


@dataclass(frozen=True)
class Submitting:
    """What starting a run takes, beside the release's files. Nothing here is a secret.

    Attributes:
        formats: Table formats that the session must know.
        conf: Settings of Spark that must be there from the start.
        spark_submit: Further arguments of spark-submit, on EMR and EMR Serverless.
        emr_cluster_id: The cluster of EMR.
        emr_serverless_application_id: The application of EMR Serverless.
        emr_serverless_role_arn: The role that its jobs run as.
        glue_job_name: The job of Glue.
        databricks: The cluster of Databricks: `cluster_id` of one that is there, or a new one's description.
        log_uri: Where EMR Serverless writes logs.
    """

    formats: tuple[str, ...] = ()
    conf: Mapping[str, str] = field(default_factory=dict)
    spark_submit: tuple[str, ...] = ()
    emr_cluster_id: str | None = None
    emr_serverless_application_id: str | None = None
    emr_serverless_role_arn: str | None = None
    glue_job_name: str | None = None
    databricks: Mapping[str, str] = field(default_factory=dict)
    log_uri: str | None = None


@dataclass(frozen=True)
class Release:
    """A project as it was deployed for an environment. Equal content has an equal id.

    Attributes:
        environment: The environment.
        config: Name of the configuration's folder in the project.
        python: Python's version on the platform, such as 3.11.
        architecture: Its processors: x86_64 or aarch64.
        artefacts: The files, by what they are for.
        files: Hash of each file of the project, by its path.
        packages: Version of each package that runs need, by name.
        submitting: What starting a run takes.
    """

    environment: str
    config: str
    python: str
    architecture: str
    artefacts: Mapping[Kind, Artefact]
    files: Mapping[str, str]
    packages: Mapping[str, str]
    submitting: Submitting = field(default_factory=Submitting)

    @property
    def id(self) -> str:
        """The beginning of the hash of the manifest."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:_ID_LENGTH]

    def to_json(self) -> str:
        """Return the manifest; equal releases give equal bytes."""
        return json.dumps({"layout": _LAYOUT, **asdict(self)}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> Release:
        """Return the release that a manifest describes.

        Args:
            text: The manifest.
            where: Its address, for a message.

        Raises:
            ConfigError: It is no manifest, or one of another layout.
        """
        try:
            found = json.loads(text)
            layout = found.pop("layout")
            known = {**found, "artefacts": {kind: Artefact(**one) for kind, one in found["artefacts"].items()}}
            submitting = {name.name: found["submitting"].get(name.name) for name in fields(Submitting)}
            lists = {name: tuple(submitting[name] or ()) for name in ("formats", "spark_submit")}
            release = cls(**{**known, "submitting": Submitting(**{**submitting, **lists})})
        except (ValueError, TypeError, KeyError, AttributeError):
            layout, release = None, None
        if release is None or layout != _LAYOUT:
            raise ConfigError(
                "this is no manifest that this version of tidegate can read",
                where=where,
                hint=f"name …/{CURRENT} or …/{RELEASES}/ID.json, as `tidegate deploy` prints it; or deploy again",
            )
        return release


@dataclass(frozen=True)
class Released:
    """A release, and where it is.

    Attributes:
        release: The release.
        base: The environment's folder.
    """

    release: Release
    base: str

    @property
    def manifest(self) -> str:
        """Address of the manifest, which never changes."""
        return f"{self.base}/{RELEASES}/{self.release.id}.json"

    def address(self, kind: Kind) -> str:
        """Return where a file of the release is.

        Raises:
            ConfigError: The release was made without it.
        """
        if kind not in self.release.artefacts:
            raise ConfigError(
                f"the release has no {kind}",
                where=self.manifest,
                hint="name the platform in deploy.platforms, and deploy again",
            )
        return f"{self.base}/{self.release.artefacts[kind].path}"


def base_of(manifest: str) -> str:
    """Return the environment's folder of a manifest's address."""
    above, _, name = manifest.rpartition("/")
    return above if name == CURRENT else above.removesuffix(f"/{RELEASES}")
