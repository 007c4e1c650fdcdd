"""Settings of the review page in tests: a folder of its own, and the database that is asked for.

``TEST_DATABASE_URL`` runs the same tests on PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile

_FOLDER = tempfile.mkdtemp(prefix="bllossom-review-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("BLLOSSOM_REVIEW_")]:
    del os.environ[_name]
os.environ["BLLOSSOM_REVIEW_DATA"] = _FOLDER
if "TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
else:
    os.environ.pop("DATABASE_URL", None)

from annotation.settings import *  # noqa: E402, F403

# Signing in a hundred people is not what is tested.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # Threads of a database in memory would share one connection.
    DATABASES["default"]["TEST"] = {"NAME": f"{_FOLDER}/test.sqlite3"}  # noqa: F405
