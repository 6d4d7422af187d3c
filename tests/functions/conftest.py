"""The lean loop is a loose file, and so is what judges a learner's loop: put
their folders on the path.
"""

import sys

from workshop.repository import EXERCISE_TESTS, FUNCTIONS

sys.path.insert(0, str(EXERCISE_TESTS))
sys.path.insert(0, str(FUNCTIONS / "aws" / "python-lean"))
