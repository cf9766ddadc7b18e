from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HIGHWATER_{name.upper()}", raising=False)


def test_settings_when_the_environment_is_bare_run_embedded():
    settings = Settings()
    assert (settings.kafka, settings.database_dsn, settings.env) == ("", None, "dev")
    assert (settings.key_groups, settings.frame_ms, settings.dedup_window_days) == (64, 2, 7)


def test_settings_when_the_environment_speaks_follow_it(monkeypatch):
    monkeypatch.setenv("HIGHWATER_KAFKA", "broker:9092")
    monkeypatch.setenv("HIGHWATER_DATA_DIR", "data")
    monkeypatch.setenv("HIGHWATER_KEY_GROUPS", "8")
    settings = Settings()
    assert (settings.kafka, settings.data_dir, settings.key_groups) == (
        "broker:9092",
        Path("data"),
        8,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEY_GROUPS", "0"), ("FRAME_MS", "soon"), ("ENV", "test"), ("METRICS_PORT", "70000")],
)
def test_settings_when_out_of_range_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"HIGHWATER_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_database_url_when_shown_is_hidden(monkeypatch):
    monkeypatch.setenv("HIGHWATER_DATABASE_URL", "postgresql://u:hunter2@db/x")
    settings = Settings()
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()
    assert settings.database_dsn == "postgresql://u:hunter2@db/x"


def test_database_url_when_in_a_file_is_read(monkeypatch, tmp_path):
    secret = tmp_path / "url"
    secret.write_text("postgresql://db/x\n")
    monkeypatch.setenv("HIGHWATER_DATABASE_URL_FILE", str(secret))
    assert Settings().database_dsn == "postgresql://db/x"
    monkeypatch.setenv("HIGHWATER_DATABASE_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(ValidationError, match="cannot read"):
        Settings()


def test_database_url_when_empty_is_refused(monkeypatch):
    monkeypatch.setenv("HIGHWATER_DATABASE_URL", "")
    with pytest.raises(ValidationError, match="must not be empty"):
        Settings()
