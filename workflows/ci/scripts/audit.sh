# --strict: a package that could not be asked about is a failure, not a package without findings.
pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt
