"""What others measured: the talk's tables, and Init on the real Lambda."""

from collections.abc import Mapping

TALK = "Serverless Rust, Stefan Baumgartner, Rust Linz, 2021"
PUBLIC = "lambda-perf, 2026-08-22, zip, x86_64, 128 MB"

# Milliseconds, brute force: what the talk says, its "about" and "less than"
# left out. By platform, language, and the workload or "cold".
TALKS_MS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "lambda": {
        "node": {
            "cold": 200,
            "hello": 2,
            "10-99": 2,
            "100-999": 500,
            "1000-9999": 70_000,
        },
        "rust": {
            "cold": 20,
            "hello": 1,
            "10-99": 1,
            "100-999": 45,
            "1000-9999": 8_000,
        },
    },
    "azure": {
        "node": {
            "cold": 700,
            "hello": 1,
            "10-99": 9,
            "100-999": 80,
            "1000-9999": 10_000,
        },
        "rust": {
            "cold": 100,
            "hello": 1,
            "10-99": 5,
            "100-999": 15,
            "1000-9999": 1_000,
        },
    },
}

# Milliseconds of Init on the real Lambda, by function.
REAL_INIT_MS: Mapping[str, tuple[str, float]] = {
    "python-managed": ("python3.13", 91.1),
    "node": ("nodejs24", 135.2),
    "rust": ("Rust on al2023", 15.5),
}


def language(function: str) -> str:
    """Whose row of the talk a function is laid beside."""
    return function.partition("-")[0]
