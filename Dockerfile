# The HTTP front end, `inverset beat` and `inverset db upgrade`: no torch and no sampler.
FROM python:3.12.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/inverset/bin:$PATH
RUN python -m venv /opt/inverset
COPY .ci/api.lock /src/
RUN pip install --require-hashes --no-deps -r /src/api.lock
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
RUN pip install --no-deps --no-build-isolation --no-index /src

FROM python:3.12.12-slim-bookworm
# A number: Kubernetes and others can see that it is not root.
RUN useradd --uid 10001 --create-home inverset
COPY --from=build /opt/inverset /opt/inverset
ENV PATH=/opt/inverset/bin:$PATH PYTHONUNBUFFERED=1
ARG INVERSET_COMMIT=""
ENV INVERSET_COMMIT=$INVERSET_COMMIT
USER 10001:10001
WORKDIR /home/inverset
EXPOSE 8000
CMD ["inverset", "api"]
