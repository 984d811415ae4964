"""Checks what deploys the server: manifests by themselves, and every name in them against the programs.

Usage: scripts/deployment.py lint       # manifests: schemas, and names that must fit each other
       scripts/deployment.py programs   # flags, variables, ports and routes against the built programs; the scripts run dry and with stand-ins

SERVER and TRAINER name the built programs (default: those in target/debug). Kustomize is kubectl's; without one the overlay is not rendered, and
that is said.
"""

import sys

from deployed import lint, manifests, programs

if __name__ == "__main__":
    modes = {"lint": lint.lint, "programs": programs.programs}
    if len(sys.argv) != 2 or sys.argv[1] not in modes:
        sys.exit(__doc__)
    modes[sys.argv[1]]()
    for problem in manifests.problems:
        print(f"deployment: {problem}", file=sys.stderr)
    if manifests.problems:
        sys.exit(1)
    print(f"deployment: {sys.argv[1]} passed")
