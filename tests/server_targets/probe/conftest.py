"""Tests of the probe share what makes a recorder of either kind."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
