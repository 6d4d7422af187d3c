"""What every test may be told on pytest's command line."""


def pytest_addoption(parser):
    parser.addoption(
        "--answers",
        metavar="FOLDER",
        help="judge the exercises in FOLDER; without it, the solutions and "
        "the bank of attempts",
    )
