python -m pip install --disable-pip-version-check --quiet safety==3.8.1
safety scan --target . --output screen
