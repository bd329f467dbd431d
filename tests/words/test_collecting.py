from pathlib import Path

from tests.words import python_code, scripts, templates
from tests.words.__main__ import write
from tests.words.collecting import as_text, collect, documents
from tests.words.phrases import Phrase


def _texts(found):
    return [each.text for each in found]


def test_a_templates_text_is_collected_with_its_labels_and_the_words_in_its_expressions():
    source = (
        '<h1 title="A title">{{ name }} of <b>{{ n }}</b> images</h1>{% if any %}<p>One.{% else %}Two.</p>{% endif %}\n'
        '<input placeholder="a name">{{ field("x", "Number of images", help="at most ten") }}{{ "on|off" if a else "off it is" }}'
    )
    found = templates.phrases("a.j2", source)
    assert _texts(found) == [
        "A title",
        "of … images",
        "One. | Two.",
        "a name",
        "Number of images",
        "at most ten",
        "{on|off|off it is}",
    ]


def test_what_stands_in_details_is_hidden_and_their_summary_is_not():
    found = templates.phrases(
        "a.j2", "<p>seen</p><details><summary>More</summary><p>hidden</p></details><p>seen too</p>"
    )
    assert [(each.text, each.hidden) for each in found] == [
        ("seen", False),
        ("More", False),
        ("hidden", True),
        ("seen too", False),
    ]


def test_a_scripts_strings_are_collected_with_their_lines():
    source = 'const a = "data-x", b = "No image yet.";\n// "a comment here"\nshow(`${n} of ${all} images`);'
    assert scripts.phrases("a.js", source) == [
        Phrase("a.js", 1, "No image yet."),
        Phrase("a.js", 2 + 1, "… of … images"),
    ]


def test_a_modules_strings_and_the_docstrings_of_its_commands_are_collected():
    source = '"""A module of ours."""\n\ndef stop(job):\n    """Stop a job."""\n    raise Wrong(f"the job {job} has ended")\n'
    assert _texts(python_code.phrases("jobs/a.py", source)) == ["the job {…} has ended"]
    assert _texts(python_code.phrases("a.py", 'Option(help="Likewise.", metavar="N")')) == ["Likewise."]
    assert _texts(python_code.phrases("inverset/commands/a.py", source)) == [
        "Stop a job.",
        "the job {…} has ended",
    ]


def test_all_sources_are_read_and_written_into_one_file(tmp_path):
    found = collect()
    files = {each.file for each in found}
    assert {
        "api/web/templates/home.html.j2",
        "gallery/browser/viewer.js",
        "contract/verdict.py",
        "inverset/cli.py",
    } <= files
    assert not any(file.startswith("inverset/api/") for file in files)
    write(tmp_path / "build" / "words.txt")
    text = Path(tmp_path / "build" / "words.txt").read_text()
    assert text == as_text(found)
    assert "=== api/web/templates/home.html.j2\n" in text


def test_documents_are_read_without_code():
    text = " ".join(_texts(documents()))
    assert "Inverset" in text
    assert "docker compose up" not in text
