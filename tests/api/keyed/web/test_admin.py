"""Users, keys and switches by forms."""

import re

import pytest

PAGES = {"Accept": "text/html"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def send(client, prepared):
    """Send a form as somebody who has signed in."""

    def send(path, whose="root", /, **fields):
        client.post("/sign-in", data={"key": prepared[1][whose]})
        return client.post(path, data=fields, headers=PAGES)

    return send


@pytest.fixture
def look(client, prepared):
    """The page as an admin sees it."""

    def look():
        client.post("/sign-in", data={"key": prepared[1]["root"]})
        answer = client.get("/admin", headers=PAGES)
        assert answer.status_code == 200, answer.text
        return answer.text

    return look


def test_it_is_for_admins(client, prepared, send):
    client.post("/sign-in", data={"key": prepared[1]["ann"]})
    assert client.get("/admin", headers=PAGES).status_code == 403
    for path in ("switches/pause", "users", "users/ann", "users/ann/keys", "keys/01234567/revoke"):
        assert send(f"/admin/{path}", "ann", name="x", weight="1", role="admin").status_code == 403


def test_somebody_is_let_in_with_a_key_that_is_shown_once(client, send, look):
    assert send("/admin/users", name=" cleo ", weight="2.5", role="member").status_code == 303
    assert "<b>cleo</b>" in look()
    made = send("/admin/users/cleo/keys", days="30")
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    key = re.search(r"inv_[0-9a-f]{8}_[\w-]{43}", made.text)[0]
    assert key not in look()
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).json()["weight"] == 2.5


def test_a_key_is_revoked(client, send, look, prepared):
    key = prepared[1]["bob"]
    assert send(f"/admin/keys/{key.split('_')[1]}/revoke").status_code == 303
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert f"/admin/keys/{key.split('_')[1]}/revoke" not in look()


def test_a_weight_and_a_role_are_changed(client, send):
    assert send("/admin/users/bob", weight="3", role="admin", confirmed="yes").status_code == 303
    (bob,) = [user for user in client.get("/v1/users").json()["items"] if user["name"] == "bob"]
    assert (bob["weight"], bob["role"]) == (3, "admin")


def test_another_role_is_asked_about_before_it_is_given(client, send):
    def role():
        return {each["name"]: each["role"] for each in client.get("/v1/users").json()["items"]}["bob"]

    request = send("/admin/users/bob", weight="3", role="admin")
    assert "Make bob an admin?" in request.text
    assert role() == "member"
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', request.text))
    assert hidden == {"weight": "3", "role": "admin", "confirmed": "yes"}
    assert send("/admin/users/bob", **hidden).status_code == 303
    assert role() == "admin"
    assert (
        send("/admin/users/bob", weight="4", role="admin").status_code == 303
    )  # the same role needs no question
    back = send("/admin/users/root", weight="1", role="member")
    assert "You lose access to this page at once." in back.text


def test_the_last_admin_stays_one(send, look, prepared):
    refused = send("/admin/users/root", weight="1", role="member", confirmed="yes")
    assert refused.status_code == 409
    assert "root is the last admin with a valid key; first give another admin a key" in refused.text
    key = prepared[1]["root"].split("_")[1]
    refused = send(f"/admin/keys/{key}/revoke")
    assert refused.status_code == 409
    assert f"inv_{key} is the only valid key of an admin" in refused.text
    assert "Users" in look()


def test_revoking_is_asked_about_and_a_new_key_can_be_copied(send, look):
    page = look()
    assert page.count("<summary>Revoke") == page.count("/revoke")
    assert 'data-copy="new-key"' in send("/admin/users/bob/keys", days="").text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("users", {"name": HOSTILE, "weight": "1", "role": "member"}),
        ("users", {"name": "ann", "weight": "1", "role": "member"}),
        ("users", {"name": "dora", "weight": "heavy", "role": "member"}),
        ("users/ann", {"weight": "0", "role": "member"}),
        ("users/ann", {"weight": "1", "role": "queen"}),
        ("users/ann/keys", {"days": "-1"}),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(send, path, fields):
    answer = send(f"/admin/{path}", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert HOSTILE not in answer.text
    if fields.get("name") == "dora":
        assert 'value="dora"' in answer.text
        assert 'value="heavy"' in answer.text


@pytest.mark.parametrize(
    ("on", "off", "name"), [("pause", "resume", "paused"), ("drain", "undrain", "draining")]
)
def test_switches(client, send, look, on, off, name):
    assert send(f"/admin/switches/{on}").status_code == 303
    assert [each["name"] for each in client.get("/v1/admin/switches").json()["on"]] == [name]
    assert f'action="/admin/switches/{off}"' in look()
    send(f"/admin/switches/{off}")
    assert client.get("/v1/admin/switches").json()["on"] == []
    assert f'action="/admin/switches/{on}"' in look()


def test_there_is_no_other_switch(send):
    assert send("/admin/switches/explode").status_code == 422


class TestWithoutAccounts:
    @pytest.fixture
    def settings(self, prepared):
        return prepared[0].model_copy(update={"auth": "off"})

    def test_it_says_that_nobody_needs_a_key(self, client):
        shown = client.get("/admin", headers=PAGES).text
        assert "INVERSET_AUTH=off" in shown
        assert 'action="/admin/users"' not in shown
        assert client.post("/admin/switches/pause", headers=PAGES).status_code == 303
