import { uses } from "../model/uses.ts";
import type { Job, ServiceContainer, Step } from "../model/workflow.ts";
import type { CiSettings } from "./settings.ts";
import { linters } from "./linters.ts";
import { checkout, python, report, script } from "./steps.ts";

export function lint(settings: CiSettings): Job {
  return {
    name: "Lint & Code Quality",
    minutes: 10,
    steps: [
      checkout("to check out the code"),
      ...python(settings.python),
      // All of them say what they find, even when the first has found something.
      ...linters(settings).map(({ name, check }): Step => ({ name, when: "end", run: check })),
    ],
  };
}

const coverageOptions = (source: string): string =>
  `--cov=${source} --cov-report=term --cov-report=xml:reports/coverage.xml --cov-report=html:reports/html --junitxml=reports/tests.xml`;

export function unit({ pythons, source, tests }: CiSettings): Job {
  const version = "${{ matrix.python }}";
  return {
    name: "Unit Tests",
    minutes: 15,
    matrix: { python: pythons },
    steps: [
      checkout("to check out the code"),
      ...python(version),
      { name: "Test", run: `pytest ${tests}/unit --numprocesses=auto ${coverageOptions(source)}` },
      report(`coverage-unit-${version}`, "reports"),
    ],
  };
}

export function integration({ python: version, source, tests, images }: CiSettings): Job {
  const postgres: ServiceContainer = {
    image: images.postgres,
    port: 5432,
    // Nobody but this job reaches it; a fixed password would be a finding of detect-secrets.
    env: { POSTGRES_USER: "ci", POSTGRES_DB: "ci", POSTGRES_PASSWORD: "${{ github.run_id }}" },
    // Over TCP: the server that initdb starts answers on its socket already.
    healthCommand: "pg_isready --host=127.0.0.1 --username=ci",
  };
  const redis: ServiceContainer = { image: images.redis, port: 6379, healthCommand: "redis-cli ping" };
  return {
    name: "Integration Tests",
    minutes: 20,
    services: { postgres, redis },
    steps: [
      checkout("to check out the code"),
      ...python(version),
      {
        name: "Test",
        env: {
          DATABASE_URL: "postgresql://ci:${{ github.run_id }}@127.0.0.1:${{ job.services.postgres.ports['5432'] }}/ci",
          REDIS_URL: "redis://127.0.0.1:${{ job.services.redis.ports['6379'] }}/0",
        },
        run: `pytest ${tests}/integration ${coverageOptions(source)}`,
      },
      report("coverage-integration", "reports"),
    ],
  };
}

export function security({ python: version, source }: CiSettings): Job {
  return {
    name: "Security Scan",
    minutes: 10,
    steps: [
      checkout("to check out the code"),
      ...python(version),
      script("audit", { name: "pip-audit", when: "end" }),
      script("bandit", { name: "Bandit", when: "end", env: { SOURCE: source } }),
      script("secrets", { name: "detect-secrets", when: "end" }),
      report("sarif-bandit", "reports/bandit.sarif"),
    ],
  };
}

export function image({ registry, image: name }: CiSettings): Job {
  return {
    name: "Build Docker",
    minutes: 15,
    steps: [
      checkout("to check out the code"),
      script("build", {
        name: "Build, with the cached layers of the last release",
        token: { packages: ["read", "to pull the cached layers"] },
        env: { REGISTRY: registry, IMAGE: name, GITHUB_TOKEN: "${{ github.token }}" },
      }),
      uses("actions/upload-artifact", {
        name: "Keep the image",
        with: {
          name: "image",
          path: "image/image.tar.gz",
          "if-no-files-found": "error",
          "retention-days": 3,
          "compression-level": 0,
        },
      }),
    ],
  };
}

/** A job of its own, without secrets: a scanner has been malware before (CVE-2026-33634). */
export function scan({ images }: CiSettings): Job {
  return {
    name: "Image Scan",
    needs: ["image"],
    minutes: 10,
    steps: [
      checkout("to read .trivyignore"),
      uses("actions/download-artifact", { name: "Get the image", with: { name: "image", path: "image" } }),
      script("scan", { name: "Trivy", env: { TRIVY_IMAGE: images.trivy } }),
      report("sarif-trivy", "reports/trivy.sarif"),
    ],
  };
}
