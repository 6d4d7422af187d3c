"""The kernel is deployed as a loose file: put its folder on the path."""

import sys

from workshop.repository import KERNEL

sys.path.insert(0, str(KERNEL))
