"""The peer: the simulator simfaas, fetched, and run on its own example.

Of what its wheel depends on, its steady state needs numpy and imports the
rest without a use: pandas, scipy and tqdm are stood in for by empty modules.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from workshop.repository import ROOT

VERSION = "0.2.2"
CACHE = ROOT / "build" / "simfaas" / VERSION

RUN = """
import json, sys, types
wheel, max_time, *seeds = sys.argv[1:]
for name in ("pandas", "scipy", "scipy.stats", "tqdm", "matplotlib",
             "matplotlib.pyplot"):
    sys.modules[name] = types.ModuleType(name)
stats = sys.modules["scipy.stats"]
stats.expon = stats.poisson = stats.norm = None
sys.modules["tqdm"].tqdm = None
sys.path.insert(0, wheel)
import numpy
from simfaas.ServerlessSimulator import ServerlessSimulator

runs = []
for seed in seeds:
    numpy.random.seed(int(seed))
    peer = ServerlessSimulator(
        arrival_rate=0.9,
        warm_service_rate=1 / 1.991,
        cold_service_rate=1 / 2.244,
        expiration_threshold=600,
        max_time=float(max_time),
    )
    peer.generate_trace()
    runs.append([
        peer.total_cold_count / peer.total_req_count,
        float(peer.get_average_server_count()),
        float(peer.get_average_server_running_count()),
    ])
print(json.dumps(runs))
"""


class Unavailable(Exception):
    """The peer cannot be had, for the reason that is given."""


def fetch() -> Path:
    """Its wheel, from the cache or with pip. Raises Unavailable."""
    if find_spec("numpy") is None:
        raise Unavailable("simfaas needs numpy")
    wheel = CACHE / f"simfaas-{VERSION}-py3-none-any.whl"
    if not wheel.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Whoever else fetches it now has a folder of their own, and puts
        # the same file in the same place.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            os.replace(_download(Path(folder)), wheel)
    return wheel


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps"]
    command += ["--quiet", "--disable-pip-version-check", "--dest", folder]
    done = subprocess.run(
        [*command, f"simfaas=={VERSION}"], capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"pip cannot fetch simfaas {VERSION}: {last}")
    found = next(folder.glob("*.whl"))
    assert zipfile.is_zipfile(found)
    return found


def runs(wheel: Path, max_time_s: float, seeds: range) -> list[list[float]]:
    """Its example, once a seed: the share of cold starts, the mean number of
    instances, the mean number of busy ones.
    """
    done = subprocess.run(
        [sys.executable, "-c", RUN, wheel, str(max_time_s), *map(str, seeds)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[float]] = json.loads(done.stdout)
    return found
