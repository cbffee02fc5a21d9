"""What tests are made of."""

import os
from pathlib import Path

# Tests speak no TLS over httpx, but each of its clients would first read all certificates of the machine,
# which takes 50 ms: here it looks for them in a folder that has none.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
