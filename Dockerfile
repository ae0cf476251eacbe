# Two stages: LightFM needs a compiler to build, and nothing needs one to run.
FROM python:3.12-slim AS build

RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc g++ libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/homeroom
WORKDIR /src
ARG PIP_INDEX_URL
# The locked packages first: they change less often than the code, so the layer is kept.
COPY pyproject.toml constraints.txt LICENSE README.md ./
RUN mkdir bot handlers recsys storage \
    && touch bot/__init__.py handlers/__init__.py recsys/__init__.py storage/__init__.py \
    && /opt/homeroom/bin/pip install --no-cache-dir --constraint constraints.txt ".[lightfm]"
COPY . .
RUN find bot -name '*.po' -exec sh -c '/opt/homeroom/bin/pybabel compile -i "$1" -o "${1%.po}.mo"' _ {} \; \
    && /opt/homeroom/bin/pip install --no-cache-dir --no-deps --force-reinstall .

FROM python:3.12-slim

# LightFM computes in parallel with OpenMP.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data homeroom \
    && install --directory --owner homeroom --group homeroom /data
COPY --from=build /opt/homeroom /opt/homeroom
COPY config.yaml /etc/homeroom/config.yaml

ENV PATH=/opt/homeroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOMEROOM_DATA_FOLDER=/data \
    HOMEROOM_WEB__HOST=0.0.0.0
USER homeroom
WORKDIR /data
VOLUME /data
EXPOSE 8080
# A stop finishes what was taken, within 10 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["homeroom", "check", "--health", "--config", "/etc/homeroom/config.yaml"]
ENTRYPOINT ["homeroom"]
CMD ["run", "--config", "/etc/homeroom/config.yaml"]
