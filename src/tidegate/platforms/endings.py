"""How a run's end is told where an exit code says nothing."""

from __future__ import annotations

from tidegate.errors import TidegateError

_MEANINGS = {
    1: "a job failed",
    2: "the arguments or the configuration cannot be used",
    3: "a gate refused the data, and nothing was published",
    4: "a pipeline finished in part",
}


class RunFailedError(TidegateError):
    """A run did not end well, on a platform that learns it from an exception.

    Attributes:
        exit_code: The exit code that the same run has elsewhere.
    """

    def __init__(self, code: int) -> None:
        """Put the code's meaning into the message."""
        super().__init__(
            f"the run ended with exit code {code}: {_MEANINGS.get(code, 'it failed')}",
            hint="the reason stands above, on standard error",
        )
        self.exit_code = code


def fail_by_exception(code: int) -> int:
    """Return 0, or raise.

    Raises:
        RunFailedError: The code is not 0.
    """
    if code:
        raise RunFailedError(code)
    return code
