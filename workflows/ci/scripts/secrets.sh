git ls-files -z | xargs -0 detect-secrets-hook --no-verify --baseline .secrets.baseline
