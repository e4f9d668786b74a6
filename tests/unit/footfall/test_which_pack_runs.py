"""Which pack a site runs with, and what it says of that."""

import logging
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from faces.errors import ModelError
from faces.packs import open_pack
from faces.packs.places import models_dir
from footfall.config_loading import load_settings
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.packs_in_use import use_of_pack
from footfall.publisher import Publisher
from footfall.site import open_site
from footfall.wiring import about
from schemas.messages import Template


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but the program; where its model files would otherwise be."""
    there = models_dir()
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("FOOTFALL_DATA_DIR", str(tmp_path / "data"))
    return there


def started_with(caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """Open a site; return its pack and what the log says of it."""
    with caplog.at_level(logging.INFO), open_site(load_settings(None)) as site:
        return site.pack.name, next(line for line in caplog.messages if line.startswith("model pack"))


def learnt_by(model_id: str, data_dir: Path) -> None:
    """Let somebody be known in a data directory."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    data_dir.mkdir()
    with closing(open_event_log(DataDir(path=data_dir).log_url)) as log:
        publisher = Publisher(log)
        publisher.publish(
            Template(
                template_id=uuid4(),
                face_id=uuid4(),
                store_id="shop",
                model_id=model_id,
                embedding=np.ones(128, dtype=np.float32).tobytes(),
                quality=1.0,
                captured_at=now,
                event_id=uuid4(),
                source_partition=0,
                source_offset=0,
            )
        )
        publisher.flush()


def test_a_bare_machine_runs_dlib_and_says_in_a_sentence_what_is_better(bare: Path, caplog: pytest.LogCaptureFixture):
    pack, said = started_with(caplog)
    assert pack == "dlib"
    assert said.startswith("model pack dlib 2, licence CC0-1.0. Dlib tells fewer people apart than retail")
    assert said.endswith("`footfall models pull retail` installs the better pack.")


@pytest.mark.needs_models
def test_where_its_files_are_in_place_retail_runs(
    bare: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOOTFALL_MODELS", str(bare))
    pack, said = started_with(caplog)
    assert pack == "retail"
    assert said.startswith("model pack retail 2, licence Apache-2.0. Retail tells")


@pytest.mark.needs_models
def test_visitors_who_are_known_decide_the_pack(
    bare: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("FOOTFALL_MODELS", str(bare))
    learnt_by(open_pack("dlib").model_id, tmp_path / "data")
    assert started_with(caplog)[0] == "dlib"
    assert use_of_pack("retail", load_settings(None)) is None
    assert "are not known again" in (use_of_pack("dlib", load_settings(None)) or "")


@pytest.mark.needs_models
def test_a_pack_without_a_calibration_is_refused_before_a_camera_is_opened(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "cache/packs/plain"
    folder.mkdir(parents=True)
    (folder / "retail.onnx").write_bytes((bare / "face-reidentification-retail-0095.onnx").read_bytes())
    (folder / "yunet_n.onnx").write_bytes((bare / "yunet_n.onnx").read_bytes())
    (folder / "manifest.toml").write_text(
        'name = "plain"\n[detector]\nname = "yunet"\n[embedder]\nnetwork = "retail.onnx"\ndimension = 256\n'
        'metric = "cosine"\n[embedder.input]\nside_px = 128\n[embedder.alignment]\nscheme = "arcface"\n'
    )
    monkeypatch.setenv("FOOTFALL_PACK", "plain")
    settings = load_settings(None)
    with pytest.raises(ModelError, match=r"plain has no calibration.*`footfall models calibrate"), open_site(settings):
        pass


def test_an_engine_that_is_not_to_be_had_is_refused(bare: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_INFERENCE_DEVICE", "cuda")
    with pytest.raises(ModelError, match=r"inference\.engine"), open_site(load_settings(None)):
        pass


def test_the_engine_of_the_settings_runs_the_pack(bare: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_INFERENCE_ENGINE", "onnxruntime")
    with open_site(load_settings(None)) as site:
        assert site.pack.engine.library == "onnxruntime"
        assert about(site.pack).count("licence") == 1
