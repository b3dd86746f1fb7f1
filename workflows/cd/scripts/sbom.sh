docker run --rm --network none --volume "$PWD:/work" --workdir /work "$TRIVY_IMAGE" \
  image --input image.tar --format spdx-json --output sbom.spdx.json --skip-db-update --offline-scan
