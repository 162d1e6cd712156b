"""Build the dataset: python build_dataset.py [--out DIR] [--check] [--publish ORG/NAME] [--reseed N]."""

from __future__ import annotations

import sys

from blind_refusal_data.build import main

if __name__ == "__main__":
    sys.exit(main())
