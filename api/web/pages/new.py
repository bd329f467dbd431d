"""The form for a new job: choose neurons and bands, see what to expect, submit."""

from functools import partial
from itertools import islice
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from inverset.api import errors, places, references, submission
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.web import asking, snippets
from inverset.api.web.draft import OPTION, WAYS, Draft, Fields, NeuronRow
from inverset.api.web.rendering import page
from inverset.contract.errors import Complaint, DomainError, InvalidSpec
from inverset.jobs import neurons, store, switches
from inverset.jobs.access import LOCAL

router = APIRouter()
ADD, REMOVE = "add", "remove-"
KNOWN = 200  # neurons that are suggested without a script; with one, all are
LONGEST = 8000  # characters of all fields
SCALES = {"stretched": "percentiles", "even": "activations"}
# Fields with a place for their complaints; all other complaints stand above the form.
PLACES = (
    "model",
    "neurons",
    "n",
    "k",
    "method",
    "options",
    "seed",
    "priority",
    "budget",
    "retention_days",
    "webhook",
)


async def _fields(request: Request) -> Fields:
    """The fields of the query, or of the posted form."""
    sent = request.query_params if request.method == "GET" else await request.form()
    texts = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    if (
        sum(len(name) + len(value) for name, value in texts) > LONGEST
    ):  # the page shows all of it, several times
        raise HTTPException(413, f"the form is longer than {LONGEST} characters")
    return texts


Typed = Annotated[Fields, Depends(_fields)]


@router.get("/new")
def get_new(request: Request, services: InServices, fields: Typed) -> Response:
    """The form, filled in as the query says: ``?model=&neuron=&low=&high=&by=quantiles&n=``."""
    draft = Draft.of(fields, services.settings.max_neurons)
    return _page(request, services, _changed(draft, services.settings.max_neurons), [])


@router.post("/new")
def post_new(request: Request, services: InServices, caller: AsCaller, fields: Typed) -> Response:
    """Submit the job and redirect to its page; or show the form again with the complaints."""
    draft = Draft.of(fields, services.settings.max_neurons)
    try:
        job_id = submission.accept(services, caller.name, draft.spec(), None)
    except InvalidSpec as error:
        return _page(request, services, draft, error.errors, 422)
    except DomainError as refused:
        complaints = [Complaint(loc=[], msg=str(refused))]
        return _page(request, services, draft, complaints, errors.PROBLEMS[type(refused)].status)
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.get("/new/code")
def get_code(request: Request, services: InServices, fields: Typed) -> Response:
    """The same job for a shell and for Python: a fragment of the page, requested while the form is filled in."""
    draft = Draft.of(fields, services.settings.max_neurons)
    return page(request, "code", **_code(request, draft)._asdict())


def _page(
    request: Request, services: Services, draft: Draft, complaints: list[Complaint], status: int = 200
) -> Response:
    with services.reading() as session:
        names = store.model_names(session)
        chosen = draft.get("model", names[0] if names else "")
        if chosen not in names:
            return page(request, "no_model", status, chosen=chosen, names=names)
        draft = asking.with_neuron(draft, store.offered(session, chosen))
        offered = store.offered(session, chosen, [each.neuron for each in draft.rows])
        on = {each.name for each in switches.turned_on(session)}
    draft = asking.with_bands(draft._replace(texts={**draft.texts, "model": chosen}), offered)
    method = draft.get("method", offered.default_method)
    scale = draft.get("scale", "stretched")
    return page(
        request,
        "new",
        status,
        names=names,
        known=list(islice(neurons.listed(offered), KNOWN)),
        model=offered,
        draft=draft,
        rows=list(asking.rows(draft, offered, scale, partial(references.if_chosen, services, chosen))),
        method=method,
        options=offered.methods[method].options if method in offered.methods else {},
        beside=lambda *place: asking.beside(complaints, *place),
        above=asking.elsewhere(complaints, PLACES),
        wrong=complaints,
        limits=services.settings,
        on=on,
        ways=WAYS,
        scales=SCALES,
        scale=scale,
        option=OPTION,
        **_code(request, draft)._asdict(),
    )


def _changed(draft: Draft, most: int) -> Draft:
    """The draft after a button that works without a script: one neuron more, or one fewer."""
    do, rows = draft.get("do"), list(draft.rows)
    if do == ADD and len(rows) < most:
        rows.append(NeuronRow())
    elif do.startswith(REMOVE) and do.removeprefix(REMOVE) in map(str, range(len(rows))):
        del rows[int(do.removeprefix(REMOVE))]
    return draft._replace(rows=tuple(rows))


class Code(NamedTuple):
    """A job as code."""

    body: dict[str, Any]  # its JSON
    lacks: list[Complaint]  # what keeps it from being submitted
    curl: str
    python: str


def _code(request: Request, draft: Draft) -> Code:
    body, caller = draft.body(), request.state.caller
    try:
        draft.spec()
        lacks = []
    except InvalidSpec as error:
        lacks = error.errors
    known = places.base_url(request), body
    keyed = caller != LOCAL
    return Code(body, lacks, snippets.curl(*known, keyed=keyed), snippets.python(*known, keyed=keyed))
