gunzip image/image.tar.gz
mkdir -p reports
trivy() { docker run --rm --volume "$PWD:/work" --workdir /work "$TRIVY_IMAGE" "$@"; }
# A database that cannot be had is a failure of its own, not a scan without findings.
trivy image --input image/image.tar --scanners vuln,secret --severity HIGH,CRITICAL --ignore-unfixed \
  --format json --output reports/trivy.json --exit-code 1 || failed=yes
trivy convert --format sarif --output reports/trivy.sarif reports/trivy.json
trivy convert --format table reports/trivy.json
[ -z "${failed-}" ]
