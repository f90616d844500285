from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.utils.json import loads

from leadcrm.celery import app
from leadcrm.core import folder_queue


@pytest.fixture
def channel(tmp_path):
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    with Connection("filesystem://localhost", transport_options=options) as connection:
        yield connection.default_channel


def test_jobs_in_a_folder_go_through_our_channel(channel):
    assert app.main == "leadcrm"
    assert isinstance(channel, folder_queue.Channel)


def test_a_message_comes_out_as_it_went_in(channel):
    channel._put("celery", {"body": "a job"})
    assert channel._get("celery") == {"body": "a job"}
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_message_is_whole_when_it_appears_under_its_name(channel, tmp_path, monkeypatch):
    seen = []
    rename = Path.rename

    def look_and_rename(source, target):
        # This is the last moment before the message can be found: it must be complete and invisible.
        with pytest.raises(Empty):
            channel._get("celery")
        seen.append(loads(source.read_text()))
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", look_and_rename)
    channel._put("celery", {"body": "a job"})
    assert seen == [{"body": "a job"}]
    assert [path.suffix for path in tmp_path.iterdir()] == [".msg"]
