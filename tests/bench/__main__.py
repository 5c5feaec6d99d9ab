"""`make bench`: run every benchmark in a process of its own, then print one table."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import common

HERE = Path(__file__).resolve().parent


def main() -> int:
    wanted = sys.argv[1:]
    scripts = [
        path for path in sorted(HERE.glob("bench_*.py")) if not wanted or path.stem.removeprefix("bench_") in wanted
    ]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "results"
        kept.touch()
        os.environ["BENCH_RESULTS"] = str(kept)
        common.province()
        failed = [path.stem for path in scripts if not _run(path.stem)]
        rows = [common.Result(**json.loads(text)) for text in kept.read_text().splitlines()]
    print(f"\n{common.MEMBERS:,} members\n{common.HEAD}")
    for row in rows:
        print(common.line(row))
    for name in failed:
        print(f"{name} broke off")
    return 1 if failed or any(row.holds is False for row in rows) else 0


def _run(module: str) -> bool:
    print(f"== {module}", flush=True)
    return subprocess.run([sys.executable, "-m", f"tests.bench.{module}"], cwd=common.ROOT).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
