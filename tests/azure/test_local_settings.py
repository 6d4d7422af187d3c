"""local.settings.json becomes the environment of the handler."""

import json

import pytest

from workshop.azure.local_settings import FILE, read_local_settings
from workshop.errors import WorkshopError


def write(folder, text):
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def test_the_values(tmp_path):
    text = json.dumps({"IsEncrypted": False, "Values": {"A": "1", "B": "é"}})
    told = read_local_settings(write(tmp_path, text), [])
    assert told == {"A": "1", "B": "é"}


@pytest.mark.parametrize("text", ["{}", '{"Values": {}}', None])
def test_none(text, tmp_path):
    if text is not None:
        write(tmp_path, text)
    assert read_local_settings(tmp_path, []) == {}


@pytest.mark.parametrize(
    "text",
    [
        '\N{BYTE ORDER MARK}{"Values": {"A": "1"}}',  # as Windows writes it
        '{\n  // a comment\n  "Values": {"A": "1"}\n}',
    ],
)
def test_what_templates_and_editors_put_there(text, tmp_path):
    assert read_local_settings(write(tmp_path, text), []) == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read. It is not JSON: "),
        ("[]", 'should be {"Values": {"NAME": "text", ...}}.'),
        ('{"Values": []}', 'should be {"Values": {"NAME": "text", ...}}.'),
        (
            '{"Values": {"A": 1}}',
            "the value of A must be text, in quotes.",
        ),
    ],
)
def test_what_is_no_settings_file(text, sentence, tmp_path):
    with pytest.raises(WorkshopError) as caught:
        read_local_settings(write(tmp_path, text), [])
    assert str(tmp_path / FILE) in str(caught.value)
    assert sentence in str(caught.value)


def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(WorkshopError, match=r"local.settings.json cannot be"):
        read_local_settings(tmp_path, [])


def test_what_does_nothing_here_is_said(tmp_path):
    host = {"LocalHttpPort": 7072, "CORS": "*"}
    told = {"IsEncrypted": False, "Values": {}, "Host": host, "Value": {}}
    warnings = []
    read_local_settings(write(tmp_path, json.dumps(told)), warnings)
    assert warnings == [
        'local.settings.json: "Host" is ignored here. The port is that of '
        "--port, and nothing here answers for CORS.",
        'local.settings.json: "Value" is ignored here.',
    ]
