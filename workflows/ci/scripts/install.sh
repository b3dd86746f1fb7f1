python -m pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all: --requirement "requirements-dev-$PYTHON_VERSION.txt"
