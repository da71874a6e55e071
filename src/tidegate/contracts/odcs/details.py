"""What a document says of a table beside its schema: who, where, for what, and what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from open_data_contract_standard.model import Team

from tidegate.model.contracts import Details, Party, ServiceLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from open_data_contract_standard.model import (
        OpenDataContractStandard,
        SchemaObject,
        Server,
        ServiceLevelAgreementProperty,
        TeamMember,
    )

_OWNER = "owner"
_SEVERITY = "severity"


def owner_of(model: OpenDataContractStandard) -> str | None:
    """Return who answers for the table: the member whose role is owner, else the first member, else the team."""
    for member in sorted(_members(model), key=lambda member: (member.role or "").lower() != _OWNER):
        return member.username or member.name
    return model.team.name if isinstance(model.team, Team) else None


def details_of(model: OpenDataContractStandard, item: SchemaObject) -> Details:
    """Return what a document says of one of its tables for people."""
    about = model.description
    # Where the table has no description of its own, the purpose stands in its place.
    told = [_text(text) for text in ((about.purpose if item.description else None, about.usage) if about else ())]
    return Details(
        status=_text(model.status),
        domain=_text(model.domain),
        usage=" ".join(filter(None, told)),
        limitations=_text(about.limitations if about else None),
        tags=tuple(dict.fromkeys([*(model.tags or ()), *(item.tags or ())])),
        service_levels=tuple(map(_level, model.slaProperties or ())),
        team=tuple(
            Party(_text(member.username or member.name), _text(member.role), _text(member.description))
            for member in _members(model)
        ),
        roles=tuple(Party(_text(role.role), _text(role.access), _text(role.description)) for role in model.roles or ()),
        servers=tuple(map(_server, model.servers or ())),
    )


def _members(model: OpenDataContractStandard) -> Sequence[TeamMember]:
    return (model.team.members if isinstance(model.team, Team) else model.team) or ()


def _level(level: ServiceLevelAgreementProperty) -> ServiceLevel:
    given = [str(item.value) for item in level.customProperties or () if item.property == _SEVERITY]
    return ServiceLevel(
        _text(level.property),
        level.value,
        _text(level.unit),
        _text(level.element),
        _text(level.description),
        severity=given[0] if given else "",
    )


def _server(server: Server) -> Party:
    told = [_text(server.environment), _text(server.description)]
    return Party(_text(server.server), _text(server.type), ": ".join(filter(None, told)))


def _text(text: str | None) -> str:
    return (text or "").strip()
