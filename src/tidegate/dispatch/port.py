"""What is sent, and the port to whoever takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


class Letter(Protocol):
    """A message that is ready to leave."""

    @property
    def label(self) -> str:
        """What its file is called in the spool, after the moment it was posted at: letters, digits, hyphens."""

    @property
    def text(self) -> str:
        """The message."""


@dataclass(frozen=True)
class Answer:
    """What a receiver made of a message.

    Attributes:
        kind: `taken`; `failed`: it may be taken later; `stumbled`: as failed, and the message itself may be the cause,
            so another one may pass; `refused`: it will never be taken.
        reason: Why not, in a few words; nothing of the message or of the receiver's address.
    """

    kind: Literal["taken", "failed", "stumbled", "refused"]
    reason: str = ""


class Receiver(Protocol):
    """Whatever takes messages."""

    def send(self, text: str) -> Answer:
        """Send one message, once, in bounded time, and return what became of it."""

    def close(self) -> None:
        """Give back connections."""
