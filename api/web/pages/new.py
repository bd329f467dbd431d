"""A new job: choose neurons and their bands, look at what to expect, ask."""

from functools import partial
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from inverset.api import errors, places, references, submission
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.web import asking, snippets
from inverset.api.web.draft import OPTION, WAYS, Draft, Fields, Wanted
from inverset.api.web.rendering import page
from inverset.jobs import neurons, store, switches
from inverset.jobs.access import LOCAL
from inverset.jobs.lifecycle import Complaint, DomainError, InvalidSpec

router = APIRouter()
ADD, REMOVE = "add", "remove-"
KNOWN = 200  # neurons that are suggested without a script; with one, all are
LONGEST = 8000  # characters of all fields
SCALES = {"stretched": "by quantiles", "even": "by activations"}
# What the form has a place for; all else that is wrong is said above it.
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
    """Of the query, or of the form that was posted."""
    sent = request.query_params if request.method == "GET" else await request.form()
    found = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    if (
        sum(len(name) + len(value) for name, value in found) > LONGEST
    ):  # the page shows all of it, several times
        raise HTTPException(413, f"a form of more than {LONGEST} characters is not taken")
    return found


Typed = Annotated[Fields, Depends(_fields)]


@router.get("/new")
def get_new(request: Request, services: InServices, fields: Typed) -> Response:
    """The form, filled in as the query says: ``?model=&neuron=&low=&high=&by=quantiles&n=``."""
    draft = Draft.of(fields, services.settings.max_neurons)
    return _page(request, services, _changed(draft, services.settings.max_neurons), [])


@router.post("/new")
def post_new(request: Request, services: InServices, caller: AsCaller, fields: Typed) -> Response:
    """Ask for the job, and go to its page; or say what is wrong with it."""
    draft = Draft.of(fields, services.settings.max_neurons)
    try:
        job_id = submission.accept(services, caller.name, draft.spec(), None)
    except InvalidSpec as error:
        return _page(request, services, draft, error.errors, 422)
    except DomainError as refused:
        said = [Complaint(loc=[], msg=str(refused))]
        return _page(request, services, draft, said, errors.PROBLEMS[type(refused)].status)
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.get("/new/code")
def get_code(request: Request, services: InServices, fields: Typed) -> Response:
    """The same job for a shell and for Python: a piece of the page, asked for while the form is filled in."""
    draft = Draft.of(fields, services.settings.max_neurons)
    return page(request, "code", **_code(request, draft))


def _page(
    request: Request, services: Services, draft: Draft, wrong: list[Complaint], status: int = 200
) -> Response:
    with services.reading() as session:
        names = store.model_names(session)
        chosen = draft.get("model", names[0] if names else "")
        if chosen not in names:
            return page(request, "no_model", status, chosen=chosen, names=names)
        draft = asking.with_neuron(draft, store.model(session, chosen).catalogue)
        offered = store.offered(session, chosen, [each.neuron for each in draft.wanted])
        on = {each.name for each in switches.turned_on(session)}
    draft = asking.with_bands(draft._replace(said={**draft.said, "model": chosen}), offered)
    method = draft.get("method", next(iter(offered["methods"])))
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
        options=offered["methods"].get(method, {}).get("options", {}),
        beside=lambda *place: asking.beside(wrong, *place),
        above=asking.elsewhere(wrong, PLACES),
        wrong=wrong,
        limits=services.settings,
        on=on,
        ways=WAYS,
        scales=SCALES,
        scale=scale,
        option=OPTION,
        **_code(request, draft),
    )


def _changed(draft: Draft, most: int) -> Draft:
    """As a button without any script asks: with a neuron more, or one less."""
    do, wanted = draft.get("do"), list(draft.wanted)
    if do == ADD and len(wanted) < most:
        wanted.append(Wanted())
    elif do.startswith(REMOVE) and do.removeprefix(REMOVE) in map(str, range(len(wanted))):
        del wanted[int(do.removeprefix(REMOVE))]
    return draft._replace(wanted=tuple(wanted))


def _code(request: Request, draft: Draft) -> dict[str, Any]:
    body, caller = draft.body(), request.state.caller
    try:
        draft.spec()
        lacks = []
    except InvalidSpec as error:
        lacks = error.errors
    told = places.base_url(request), body
    keyed = caller != LOCAL
    return {
        "body": body,
        "lacks": lacks,
        "curl": snippets.curl(*told, keyed=keyed),
        "python": snippets.python(*told, keyed=keyed),
    }
