"""The first thing that `make` runs, with whatever Python the system has: finds one that is new enough.

Everything in this file must be understood by any Python, or an old one stops with a syntax error instead of the
sentence below. The rest is in `install.py`.
"""

import os
import runpy
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    # A newer one is often installed beside the one that is called python3.
    for minor in range(19, OLDEST[1] - 1, -1):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            program = os.path.join(folder, "python3.%d" % minor)  # noqa: PTH118 — older than pathlib
            if os.access(program, os.X_OK):
                os.execv(program, [program] + sys.argv)  # noqa: S606, RUF005 — older than the better forms
    sys.stderr.write(
        "leadcrm needs Python 3.11 or newer, but %s is %d.%d: install a newer one, "
        "or name it, as in `make run PYTHON=/usr/bin/python3.12`.\n"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
    sys.exit(1)

here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 — older than pathlib
runpy.run_path(os.path.join(here, "install.py"), run_name="__main__")  # noqa: PTH118
