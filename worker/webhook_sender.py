"""Sends due webhook messages."""

import asyncio
import logging
import time
from collections.abc import Sequence

import httpx

from inverset.config import webhook_targets
from inverset.config.settings import Settings
from inverset.config.webhook_targets import Allowed
from inverset.contract.errors import InvalidSpec
from inverset.jobs import webhooks
from inverset.jobs.database import Sessions, writing
from inverset.jobs.webhooks import Attempt, Message

log = logging.getLogger(__name__)
AT_ONCE = 20
CONNECT_SECONDS = 5.0
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout)


def deliver_due(sessions: Sessions, settings: Settings) -> int:
    """Send due messages and record the results; returns the number of attempts.

    Several processes may do so at once: a message is sent by one of them.
    """
    with sessions.begin() as session:
        if not webhooks.any_due(session):
            return 0
    with writing(sessions) as session:
        messages = webhooks.take(session, AT_ONCE)
    attempts = asyncio.run(_send_all(messages, settings))
    for message, attempt in zip(messages, attempts, strict=True):
        with writing(sessions) as session:
            webhooks.record(session, message.id, attempt)
        log.info("message %s: %s", message.id, attempt.error or attempt.status)
    return len(messages)


async def _send_all(messages: Sequence[Message], settings: Settings) -> Sequence[Attempt]:
    """The attempts to send all messages concurrently, so that a slow receiver delays none beyond the limit."""
    # A proxy would resolve names itself. A connection is used once, because another host may have the same address.
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = httpx.Timeout(settings.webhook_seconds, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(
        verify=httpx.create_ssl_context(), trust_env=False, limits=limits, timeout=timeout
    ) as client:
        allowed = Allowed.of(settings.webhook_allow)
        sending = [_try(client, message, allowed, settings.webhook_seconds) for message in messages]
        return await asyncio.gather(*sending)


async def _try(client: httpx.AsyncClient, message: Message, allowed: Allowed, seconds: float) -> Attempt:
    begun = time.monotonic()
    status, reason = None, None
    try:
        async with asyncio.timeout(seconds):  # of all: httpx counts from byte to byte
            status = await _send(client, message, allowed)
    except TimeoutError:
        reason = f"no answer within {seconds:g} s"
    except InvalidSpec as refusal:
        # Neither the log nor the time that it took tells whether the name exists.
        return Attempt(None, str(refusal), 0.0)
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: {error}"
    return Attempt(status, reason, round(time.monotonic() - begun, 3))


async def _send(client: httpx.AsyncClient, message: Message, allowed: Allowed) -> int:
    """The status of the response; its body is not read.

    Raises:
        InvalidSpec: the address may not be sent to (any more).
        httpx.HTTPError: there is no answer.
    """
    addresses = await asyncio.to_thread(webhook_targets.addresses, message.url, allowed)
    for address in addresses[:-1]:
        try:
            return await _post(client, message, address)
        except _NO_CONNECTION:
            continue
    return await _post(client, message, addresses[-1])


async def _post(client: httpx.AsyncClient, message: Message, address: str) -> int:
    """The status of a POST to a checked address, with the certificate of the host name required."""
    url = httpx.URL(message.url)
    headers = {"Host": url.netloc.decode(), "Content-Type": "application/json", **webhooks.headers(message)}
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=message.content,
        headers={**headers, "User-Agent": "inverset"},
        extensions={"sni_hostname": url.host},
    )
    response = await client.send(request, stream=True, follow_redirects=False)
    await response.aclose()
    return response.status_code
