mkdir -p reports
bandit --quiet --recursive "$SOURCE" --format sarif --output reports/bandit.sarif || failed=yes
# The report is for GitHub; people read this one.
bandit --quiet --recursive "$SOURCE"
[ -z "${failed-}" ]
