"""The dataset as tasks of evaluation harnesses: Inspect AI and lm-evaluation-harness."""
