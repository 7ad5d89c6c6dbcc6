#!/usr/bin/env bash
# run.sh PORT [KEY=VALUE ...]   start the reference peer on 127.0.0.1:PORT, in the foreground
#
#   PYTHON       the python of an environment with requirements.txt
#                (default: the one that `cargo xtask conformance` makes under target/)
#   STATE_DIR    where the database and key pairs live (default: a new temporary folder)
#   DATABASE_URL postgres://... instead of SQLite
#   WORKERS, THREADS   of gunicorn (default 1 and 4); any other KEY is read by peerproj/settings.py
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
port="${1:?usage: run.sh PORT [KEY=VALUE ...]}"
shift
for pair in "$@"; do export "${pair?}"; done
: "${PYTHON:=$here/../../target/conformance/venv/bin/python}" "${STATE_DIR:=$(mktemp -d)}"
export STATE_DIR PYTHONDONTWRITEBYTECODE=1
cd "$here"
"$PYTHON" prepare.py
exec "$PYTHON" -m gunicorn -b "127.0.0.1:$port" -w "${WORKERS:-1}" --threads "${THREADS:-4}" \
  --log-level "${LOG_LEVEL:-warning}" peerproj.wsgi:application
