"""A new job on a server with accounts."""

from tests.api.web.test_new import look, shown


def test_no_key_is_shown(client, prepared):
    key = prepared[1]["ann"]
    client.post("/sign-in", data={"key": key})
    text = look(client)
    assert key not in text
    assert "$INVERSET_KEY" in text
    assert 'os.environ["INVERSET_KEY"]' in shown(text, "python")
