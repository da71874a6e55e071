"""A year of landing data for a few households."""

from __future__ import annotations

from datetime import date

import pytest
from jobs._landing import LandingSettings, land
from tests.jobs.landed import Year, read_source

HOUSEHOLDS = 25
# The last lines of the data are ordered on 2018-01-01; nothing is more than 31 days under way.
EVERYTHING_HAS_ARRIVED = date(2018, 2, 5)


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Return the whole year of a few households, landed up to the day on which nothing is missing any more."""
    root = tmp_path_factory.mktemp("landing")
    landed = land(root, through=EVERYTHING_HAS_ARRIVED, settings=LandingSettings(households=HOUSEHOLDS))
    return Year(landed, read_source(HOUSEHOLDS))
