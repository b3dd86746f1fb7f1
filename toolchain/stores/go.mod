module slipway.dev/stores

go 1.25.8

require github.com/getsops/sops/v3 v3.13.3
