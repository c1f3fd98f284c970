"""The repository that one stands in: what git says, and where a browser finds its commits."""

import subprocess
from urllib.parse import urlsplit


def git(*words: str) -> str | None:
    """Return what git says; None if it says no, or is not there."""
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def commit_pages() -> str | None:
    """Return the address which a commit's hash makes that of its page; None without a host.

    It is `<repository>/commit/`, as GitHub, GitLab, Gitea and Forgejo have it, of the remote
    `origin`. A user or a token that stands in the remote's address is left out.
    """
    remote = git("remote", "get-url", "origin")
    return None if remote is None else _commits_of(remote)


def _commits_of(remote: str) -> str | None:
    if "://" not in remote:  # git@host:owner/name, or a folder
        user_at_host, colon, path = remote.partition(":")
        remote = f"ssh://{user_at_host}/{path}" if colon and "/" not in user_at_host else ""
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    path = parts.path.strip("/").removesuffix(".git")
    if not host or not path or parts.scheme not in ("http", "https", "ssh"):
        return None
    scheme = "https" if parts.scheme == "ssh" else parts.scheme
    # The SSH port of a remote is not the port of its pages.
    shown = host if port is None or parts.scheme == "ssh" else f"{host}:{port}"
    return f"{scheme}://{shown}/{path}/commit/"
