# The HTTP front end, `inverset beat` and `inverset db upgrade`: no torch and no sampler.
ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm@sha256:593bd06efe90efa80dc4eee3948be7c0fde4134606dd40d8dd8dbcade98e669c

FROM $PYTHON_IMAGE AS dependencies
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/inverset/bin:$PATH
RUN python -m venv /opt/inverset
COPY .ci/api.lock /src/
RUN pip install --require-hashes --no-deps -r /src/api.lock

# Beside the dependencies, so that a changed line of ours makes a small layer.
FROM dependencies AS application
COPY pyproject.toml README.md LICENSE /src/
COPY api /src/api
COPY config /src/config
COPY contract /src/contract
COPY gallery /src/gallery
COPY inverset /src/inverset
COPY jobs /src/jobs
COPY migrations /src/migrations
COPY storage /src/storage
COPY worker /src/worker
RUN pip install --no-deps --no-build-isolation --no-index --prefix=/application /src

FROM $PYTHON_IMAGE
# The base image brings the standard library without bytecode, and no process may write it here: each would compile it anew.
RUN python -m compileall -q -x '/(site-packages|test|lib2to3)/' --invalidation-mode unchecked-hash /usr/local/lib/python3.12
# A number: Kubernetes and others can see that it is not root.
RUN useradd --uid 10001 --create-home inverset
COPY --from=dependencies /opt/inverset /opt/inverset
COPY --from=application /application /opt/inverset
ENV PATH=/opt/inverset/bin:$PATH PYTHONUNBUFFERED=1
ARG INVERSET_TAG=0.1.0
ARG INVERSET_COMMIT=""
ENV INVERSET_COMMIT=$INVERSET_COMMIT
LABEL org.opencontainers.image.title=inverset \
      org.opencontainers.image.version=$INVERSET_TAG \
      org.opencontainers.image.revision=$INVERSET_COMMIT \
      org.opencontainers.image.licenses=MIT
USER 10001:10001
WORKDIR /home/inverset
EXPOSE 8000
CMD ["inverset", "api"]
