"""The help page: the glossary."""

from fastapi import APIRouter, Request, Response

from inverset.api.web.rendering import page
from inverset.contract import glossary

router = APIRouter()


@router.get("/help")
def get_help(request: Request) -> Response:
    """The words of the pages with their meanings."""
    return page(request, "help", terms=glossary.TERMS, details=glossary.DETAILS)
