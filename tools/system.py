"""What setting up and testing may ask of the machine: its package manager, as root."""

import os
import shutil
import subprocess
import sys


def apt_install(*packages):
    """Install Debian packages. Returns whether that was possible and went well.

    Only root does so, and where apt-get is; nothing here asks for more rights (sudo).
    """
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or shutil.which("apt-get") is None:
        return False
    print(f"installing {' '.join(packages)} with apt-get", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        ran = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    return ran.returncode == 0
