"""How root runs a program that refuses to be run by root, as PostgreSQL does."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from smsgateway.local.errors import LocalError

NOBODY = 65534


@dataclass(frozen=True)
class Recipe:
    """What to put before the command, and who owns the files that it then writes."""

    prefix: tuple[str, ...]
    owner: int


ORDINARY_USER = Recipe((), os.geteuid())

# The program believes to be nobody, while outside of its user namespace its files stay root's.
USER_NAMESPACE = Recipe(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"), 0)

# Containers often forbid user namespaces. Here it really is nobody, with the one capability to reach folders that
# are root's alone (access(2) heeds it by that secure bit only). The change of user would clear our wish that it
# dies with us, so it is repeated.
NOBODY_IN_OUR_FOLDERS = Recipe(
    (
        *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=INT"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"),
    ),
    NOBODY,
)

ROOTS_RECIPES = (USER_NAMESPACE, NOBODY_IN_OUR_FOLDERS)


def recipe_for(program: Path, folder: Path) -> Recipe:
    """The first with which the program starts and can write to the folder; raises LocalError without one."""
    if os.geteuid() != 0:
        return ORDINARY_USER
    for recipe in ROOTS_RECIPES:
        if _works(recipe, program, folder):
            return recipe
    raise LocalError(
        "PostgreSQL refuses to run as root, and here it can neither get a user namespace (unshare) "
        "nor become nobody (setpriv). Run as an ordinary user, or set DATABASE_URL to a server you have."
    )


def give(folder: Path, owner: int) -> None:
    """Files that were written with another recipe."""
    if folder.stat().st_uid != owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner, follow_symlinks=False)


def _works(recipe: Recipe, program: Path, folder: Path) -> bool:
    attempt = (*recipe.prefix, "test", "-x", str(program), "-a", "-w", str(folder))
    try:
        return subprocess.run(attempt, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
