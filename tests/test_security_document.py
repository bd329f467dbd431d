"""SECURITY.md's threat model: each clause of its table is held to tests that there are."""

import re
from pathlib import Path

import pytest

from inverset.api.app import create_app
from inverset.config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
API, KEYED, WEB = "tests/api", "tests/api/keyed", "tests/api/keyed/web"
TABLE = f"{API}/test_authorization.py::test_everybody_is_answered_as_the_table_says"
WORST = f"{KEYED}/test_amplification.py::test_others_are_served_while_the_worst_bodies_come"
ORIGIN = f"{API}/web/test_pages.py::test_only_this_servers_pages_and_programs_change_anything"
SHARED = f"{KEYED}/test_share_links.py"
QUOTAS = f"{API}/test_quotas.py"
CLAUSES = {
    "request `/healthz`, `/readyz`, `/docs`, the OpenAPI document and `/sign-in`": [
        TABLE,
        f"{WEB}/test_sessions.py::test_whoever_has_no_key_is_asked_for_one_and_comes_back",
    ],
    "read or change anything else": [TABLE, f"{WEB}/test_access.py::test_a_stranger_is_sent_to_the_key"],
    "have a body read before their key is checked": [
        f"{KEYED}/test_bodies.py::test_a_body_is_not_looked_at_without_a_good_key"
    ],
    "delay others with large bodies": [WORST],
    "cause an internal server error, whatever they send": [
        f"{KEYED}/test_fuzz.py::test_paths_and_queries",
        f"{KEYED}/test_fuzz.py::test_forms",
        f"{KEYED}/test_fuzz.py::test_bodies",
        f"{API}/test_hosts.py::test_an_origin_that_is_none_is_another_site",
    ],
    "link to a page of the service": [f"{API}/web/test_pages.py::test_everybody_may_look_from_anywhere"],
    "change anything in the user's name": [ORIGIN],
    "take the service's host name for its own (DNS rebinding)": [
        f"{API}/test_hosts.py::test_without_accounts_a_site_that_calls_itself_this_machine_is_refused",
        f"{API}/test_hosts.py::test_the_public_url_decides_which_host_is_answered",
    ],
    "plant a session": [f"{WEB}/test_sessions.py::test_over_https_no_other_cookie_is_taken"],
    "see and change their own jobs": [TABLE],
    'look at jobs with `"visibility": "team"`': [TABLE],
    "see how long the queue is": [TABLE],
    "learn that another member's private job exists (404)": [
        TABLE,
        f"{API}/test_authorization.py::test_a_job_that_is_hidden_looks_as_one_that_is_not_there",
    ],
    "change a job of the team (403)": [TABLE],
    "queue, run or store more than their limits, even with many requests at once": [
        f"{QUOTAS}::test_queued_jobs_under_parallel_posts",
        f"{QUOTAS}::test_queued_jobs_under_parallel_sweeps_and_posts",
        f"{QUOTAS}::test_queued_jobs_under_parallel_retries",
        f"{QUOTAS}::test_running_parts_under_parallel_claims",
        f"{QUOTAS}::test_stored_bytes_under_parallel_posts",
    ],
    "see the images that another member tries": [
        TABLE,
        "tests/jobs/test_image_tries.py::test_results_are_their_owners_and_can_be_deleted",
    ],
    "end a worker with an image": [
        "tests/worker/test_image_decoder.py::test_a_file_that_ends_its_process_ends_no_other",
        "tests/worker/test_image_tries.py::test_a_bad_file_spoils_no_other",
    ],
    "get an answer much longer than their request": [
        f"{KEYED}/test_amplification.py::test_an_answer_is_no_longer_than_its_request_allows"
    ],
    "go on reading what has been hidden from them": [
        f"{KEYED}/test_revocation.py::test_an_event_stream_ends",
        f"{KEYED}/test_auth.py::test_a_job_that_another_process_hides_is_hidden_within_a_second",
    ],
    "learn which host names exist in the service's network": [
        f"{API}/test_webhooks.py::test_names_are_not_looked_up_while_somebody_waits",
        "tests/config/test_webhook_targets.py::test_a_name_of_the_house_and_an_unknown_one_are_refused_in_the_same_words",
    ],
    "have messages sent into it": [
        "tests/config/test_webhook_targets.py::test_a_house_s_address_in_any_dress",
        "tests/worker/test_webhook_sender.py::test_an_address_of_the_house_is_refused_at_delivery_too",
    ],
    "use the pages of admins": [f"{WEB}/test_access.py::test_members_are_no_admins"],
    "be told that the key is not valid": [
        f"{KEYED}/test_team.py::test_a_user_is_let_in_with_a_key_that_is_shown_once"
    ],
    "use it, or a session of it, a second later": [
        f"{KEYED}/test_auth.py::test_a_key_that_another_process_revokes_is_refused_within_a_second",
        f"{WEB}/test_sessions.py::test_a_revoked_key_is_asked_for_again",
        "tests/jobs/test_accounts.py::test_an_expired_key",
    ],
    "follow a job that they followed before, five seconds later": [
        f"{KEYED}/test_revocation.py::test_an_event_stream_ends"
    ],
    "read that gallery: its page, images and files": [
        f"{SHARED}::test_anybody_with_the_link_reads_the_page_and_its_files"
    ],
    "read another gallery or any other route": [
        f"{SHARED}::test_no_other_file_is_had_through_it",
        f"{SHARED}::test_the_link_is_no_key",
    ],
    "change anything with it": [f"{SHARED}::test_nothing_is_written_through_it"],
    "use it once it is withdrawn": [
        f"{SHARED}::test_a_withdrawn_link_is_404_at_once",
        f"{SHARED}::test_the_setting_switches_links_off",
    ],
    "see jobs, samples and users": [
        "tests/end_to_end/test_backup.py::test_what_was_backed_up_is_there_again"
    ],
    "act as any user, or open a shared gallery: of keys, sessions and links, only digests are stored": [
        f"{SHARED}::test_only_a_digest_is_stored",
        "tests/jobs/test_accounts.py::test_the_database_does_not_know_the_secret",
        f"{WEB}/test_sessions.py::test_a_session_is_not_the_key",
    ],
    "see and change all jobs, users, keys and switches": [TABLE],
    "read metrics": [f"{API}/test_metrics.py::test_for_admins_and_the_key_of_its_own"],
    "read a key after it was shown once": [
        f"{KEYED}/test_team.py::test_a_user_is_let_in_with_a_key_that_is_shown_once"
    ],
    "say by which scheme and below which path a request came": [
        f"{WEB}/test_sessions.py::test_over_https_the_cookie_is_secure",
        f"{KEYED}/test_prefix.py::test_links_of_answers_lead_below_it",
    ],
    "make a link lead to another site": [f"{KEYED}/test_prefix.py::test_a_prefix_that_is_none_is_no_prefix"],
    "send the same headers": [f"{KEYED}/test_prefix.py::test_a_proxy_that_is_not_trusted_is_not_believed"],
    "be trusted for it": [
        f"{KEYED}/test_prefix.py::test_a_proxy_that_is_not_trusted_is_not_believed",
        f"{WEB}/test_sessions.py::test_over_https_the_cookie_is_secure",
    ],
    "do everything, without a key": [f"{API}/test_jobs.py::test_a_job_is_posted_and_found"],
    "let another machine in: without accounts the server listens on loopback only": [
        f"{API}/test_server.py::test_nobody_is_let_in_from_outside_without_accounts"
    ],
}


def clauses():
    """Of the table's second and third column."""
    text = (ROOT / "SECURITY.md").read_text().partition("### Threat model")[2]
    rows = re.findall(r"^\| (?!Who|---)[^|]+ \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return [clause.strip() for row in rows for cell in row for clause in cell.split(";")]


def test_every_clause_of_the_table_has_a_test():
    assert len(clauses()) > 30
    assert set(clauses()) == set(CLAUSES)


@pytest.mark.parametrize("name", sorted({name for names in CLAUSES.values() for name in names}))
def test_the_tests_are_there(name):
    file, _, function = name.partition("::")
    assert f"\ndef {function}(" in (ROOT / file).read_text()


def test_one_route_takes_files():
    paths = create_app(Settings(auth="off")).openapi()["paths"]
    kinds = {
        (path, kind)
        for path, operations in paths.items()
        for each in operations.values()
        for kind in each.get("requestBody", {}).get("content", ())
        if kind != "application/json"
    }
    assert kinds == {("/v1/models/{name}/neurons/{neuron}/images", "multipart/form-data")}
