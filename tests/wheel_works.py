"""Install the wheel into a fresh environment and load from it, with no network: python tests/wheel_works.py WHEEL_FOLDER.

The fresh environment gets the wheel alone; its dependencies come from the environment that runs this, through a path file that
leaves the editable install out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

CHECK = """
import blind_refusal_data
from pathlib import Path
assert Path(blind_refusal_data.__file__).is_relative_to({home!r}), blind_refusal_data.__file__
rows = blind_refusal_data.load("test", authority="landlord", legitimacy=["defeated", "legitimate"])
assert rows.num_rows and set(rows["gold_action"]) == {{"help", "decline"}}
from blind_refusal_data.scenarios import load_scenarios
print(f"the wheel works: {{rows.num_rows}} rows, {{len(load_scenarios())}} scenarios")
"""


def main(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    with tempfile.TemporaryDirectory() as home:
        venv.create(home, with_pip=False)
        python = Path(home) / "bin" / "python"
        site = Path(
            subprocess.run(
                [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
            ).stdout.strip()
        )
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel], check=True)
        # a plain path entry: path files in that folder, the editable install's among them, are not read
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        environment = {"PATH": os.environ["PATH"], "HOME": home, "HF_HUB_OFFLINE": "1", "HF_HOME": f"{home}/cache"}
        subprocess.run([python, "-c", CHECK.format(home=home)], check=True, cwd=home, env=environment)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
