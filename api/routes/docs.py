"""A page that shows the API and sends requests to it. FastAPI's own page needs the Internet; this one does not."""

from importlib import resources

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_WEB = resources.files("inverset.api") / "web"
# No script but our own, whatever an answer holds that the page shows.
_POLICY = "default-src 'self'; style-src 'unsafe-inline'; img-src 'self' blob: data:; frame-ancestors 'none'"


@router.get("/docs", response_class=HTMLResponse)
def get_docs() -> HTMLResponse:
    """The page of the API's documentation."""
    return HTMLResponse((_WEB / "docs.html").read_bytes(), headers={"Content-Security-Policy": _POLICY})


@router.get("/docs.js", response_class=Response)
def get_script() -> Response:
    """The script of that page."""
    return Response((_WEB / "docs.js").read_bytes(), media_type="text/javascript")
