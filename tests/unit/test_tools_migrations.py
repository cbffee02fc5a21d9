"""Migrations are skipped only for the very database, and the very schema, that they were run for."""

import os
from pathlib import Path

import pytest

from tools import migrations
from tools.migrations import Migrated


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    folder = root / "backend" / "gateway" / "piccolo_migrations"
    folder.mkdir(parents=True)
    (folder / "first.py").write_text("1")
    (root / "uv.lock").write_text("packages")
    monkeypatch.setattr(migrations, "ROOT", root)
    return root


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "database").mkdir(parents=True)
    (tmp_path / "data" / "database" / "PG_VERSION").write_text("18")
    return tmp_path / "data"


def test_is_current_after_it_was_remembered(checkout: Path, data: Path) -> None:
    assert not Migrated(data).is_current()
    Migrated(data).remember()
    assert Migrated(data).is_current()


def test_a_new_migration_and_new_packages_are_noticed(checkout: Path, data: Path) -> None:
    for changed in ("backend/gateway/piccolo_migrations/second.py", "uv.lock"):
        Migrated(data).remember()
        (checkout / changed).write_text("new")
        assert not Migrated(data).is_current()


def test_another_database_in_the_same_place_is_noticed(checkout: Path, data: Path) -> None:
    Migrated(data).remember()
    os.utime(data / "database" / "PG_VERSION", ns=(1, 1))
    assert not Migrated(data).is_current()


def test_a_database_that_is_gone_is_noticed(checkout: Path, data: Path) -> None:
    Migrated(data).remember()
    (data / "database" / "PG_VERSION").unlink()
    assert not Migrated(data).is_current()
