"""Users of a server with accounts, and their keys."""

from datetime import timedelta

from inverset.config.settings import Settings
from inverset.jobs import accounts, clock, database, store
from tests.jobs.catalogue_of_scenes import CATALOGUE


def prepare(url, folder, **limits):
    """The toy model, the members ann and bob and the admin root in a database with tables: settings and keys by name.

    ``expired`` and ``revoked`` are ann's too, ``bad`` is nobody's.
    """
    sessions = database.connect(url)
    with database.writing(sessions) as session:
        store.publish_model(session, CATALOGUE)
        for name, role in (("ann", "member"), ("bob", "member"), ("root", "admin")):
            accounts.add_user(session, name, role=role)
        keys = {name: accounts.make_key(session, name).text for name in ("ann", "bob", "root")}
        expired, revoked = accounts.make_key(session, "ann"), accounts.make_key(session, "ann")
        expired.row.expires_at = revoked.row.revoked_at = clock.now(session) - timedelta(seconds=1)
    sessions.kw["bind"].dispose()
    keys |= {"expired": expired.text, "revoked": revoked.text, "bad": keys["ann"][:-1] + "!"}
    return Settings(database_url=url, data_dir=folder, auth="required", **limits), keys


def bearing(key):
    """The headers of a request with a key; None: without."""
    return {} if key is None else {"Authorization": f"Bearer {key}"}
