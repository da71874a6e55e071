# tidegate in a container: Java, Spark and the jars of the formats are in the image, so that a start needs no network.
# What is run, where and with which configuration, comes from outside: docker run --init IMAGE run retail --env prod --config s3://…

FROM python:3.11.14-slim-bookworm AS base

# Debian mends this Java under the same name; a pinned revision would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openjdk-17-jre-headless \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 tidegate \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin tidegate

ENV PATH="/opt/tidegate/venv/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TIDEGATE_CACHE=/opt/tidegate/cache

# Everything that is only needed to build; nothing of it but /opt/tidegate goes on.
FROM base AS build

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/tidegate/venv \
    UV_PYTHON_DOWNLOADS=never

WORKDIR /build
COPY .ci/uv.txt .ci/uv.txt
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement .ci/uv.txt

# What tidegate depends on changes less often than tidegate: a layer of its own.
ARG EXTRAS="--extra alerts --extra aws --extra dbt --extra delta --extra iceberg --extra metrics --extra openlineage --extra spark --extra xml"
COPY pyproject.toml uv.lock README.md LICENSE ./
# EXTRAS is a list of words.
# hadolint ignore=SC2086
RUN uv sync --frozen --no-group dev --no-install-project ${EXTRAS}

COPY src src
COPY jobs jobs
COPY config config
COPY contracts contracts
COPY dbt dbt
# hadolint ignore=SC2086
RUN uv sync --frozen --no-group dev --no-editable ${EXTRAS}

COPY deploy/docker/fetch_jars.py /build/fetch_jars.py
RUN python /build/fetch_jars.py

# The same with the tools of the tests, and the source from outside: docker run --volume "$PWD:/work" IMAGE …
FROM build AS build-dev

# hadolint ignore=SC2086
RUN uv sync --frozen --no-editable ${EXTRAS} --extra demo

FROM base AS dev

COPY --from=build-dev --chown=10001:10001 /opt/tidegate /opt/tidegate
ENV PYTHONPATH=/work/src:/work
WORKDIR /work
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["tidegate"]

# Airflow beside tidegate, with what CI reads the exported DAGs with.
FROM build AS build-airflow

COPY .ci/airflow.txt .ci/airflow.txt
RUN python -m venv --without-pip /opt/airflow/venv \
    && uv pip sync --require-hashes --python /opt/airflow/venv/bin/python .ci/airflow.txt

FROM base AS airflow

COPY --from=build --chown=10001:10001 /opt/tidegate /opt/tidegate
COPY --from=build-airflow /opt/airflow/venv /opt/airflow/venv
ENV AIRFLOW_HOME=/home/tidegate/airflow \
    PATH="/opt/tidegate/venv/bin:/opt/airflow/venv/bin:${PATH}"
WORKDIR /home/tidegate
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["airflow"]
CMD ["standalone"]

# The last one is what `docker build .` makes.
FROM base AS runtime

# The cache is the user's own, so that a configuration with further packages can add to it.
COPY --from=build --chown=10001:10001 /opt/tidegate /opt/tidegate
WORKDIR /home/tidegate
USER 10001:10001
# A run ends by itself; its exit code says how.
HEALTHCHECK NONE
ENTRYPOINT ["tidegate"]
