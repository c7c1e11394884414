# One image for every role: `start` serves, `worker` runs jobs, `migrate` prepares the database.
# docs/guides/deploying.md shows how they are put together.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
# the packages in a layer of their own: they change less often than we do
COPY deploy/requirements.lock deploy/
RUN python -m venv /opt/memorizer \
 && /opt/memorizer/bin/pip install --require-hashes --only-binary :all: -r deploy/requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY web web
COPY src src
# the build hook brings Node, for the page; none of it reaches the second stage
RUN python -m pip wheel --no-deps --wheel-dir dist . \
 && /opt/memorizer/bin/pip install --no-deps dist/memorizer_server-*.whl

FROM python:${PYTHON}-slim-bookworm
LABEL org.opencontainers.image.title="Memorizer" \
      org.opencontainers.image.description="Self-hosted long-term memory for AI agents" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --no-log-init --shell /usr/sbin/nologin --home-dir /data memorizer \
 && install --directory --owner memorizer --group memorizer --mode 700 /data
COPY --from=build /opt/memorizer /opt/memorizer
ENV PATH=/opt/memorizer/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    MEMORIZER_DATA_DIR=/data \
    MEMORIZER_HOST=0.0.0.0 \
    MEMORIZER_PORT=5000
# a number, so that Kubernetes sees that it is not root
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 5000
# for `start`; where another command runs, whoever runs it switches this off
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"MEMORIZER_PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["memorizer"]
CMD ["start"]
