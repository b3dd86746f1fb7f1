// cd.yml from a commit to servers: Docker, registry, engine, SSH and its agent are real. GitHub is emulated; cosign, the scanner and what
// `make` does on a runner are planted.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { expect, vi } from "vitest";
import { parse, stringify } from "yaml";
import { cdWorkflow } from "../../../workflows/cd/workflow.ts";
import { renderWorkflow } from "../../../workflows/model/render.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client, Clone } from "../../emulators/github/support.ts";
import { EmulatedActions, type Ran, type Trigger } from "../emulated-actions.ts";
import { declareEnvironment } from "../emulated-environment.ts";
import { startNotices, type Notices } from "../notices.ts";
import type { PulumiStack } from "../pulumi-stack.ts";
import { docker } from "./docker.ts";
import type { Lab } from "./lab.ts";

const at = { owner: "acme", repo: "shop" };

interface Stacks {
  readonly staging: PulumiStack;
  readonly production: PulumiStack;
}

export class RealRoad {
  readonly notices: Notices;
  readonly #lab: Lab;
  readonly #github: GitHub;
  readonly #actions: EmulatedActions;
  readonly #clone: Clone;
  readonly #text: string;

  private constructor(lab: Lab, github: GitHub, actions: EmulatedActions, clone: Clone, notices: Notices) {
    this.notices = notices;
    this.#lab = lab;
    this.#github = github;
    this.#actions = actions;
    this.#clone = clone;
    this.#text = renderWorkflow(cdWorkflow({ registry: lab.registry }));
  }

  /** @param base image in the registry that releases are made from */
  static async of(lab: Lab, stacks: Stacks, base: string): Promise<RealRoad> {
    const github = await GitHub.start({ accounts: [{ login: at.owner, plan: "enterprise" }] });
    const admin = client(github, "admin");
    await admin.rest.repos.createInOrg({ org: at.owner, name: at.repo, private: true, auto_init: true });
    const notices = await startNotices();
    await declare(github, admin, lab, stacks, notices);
    const actions = await EmulatedActions.of(github, "acme/shop");
    await plant(actions, lab);
    const clone = await Clone.of(github, "acme/shop", "writer");
    await writeStacks(join(clone.directory, "deploy"), stacks);
    const dockerfile = `FROM ${lab.loopback}/${base}\nARG VERSION\nENV VERSION=\${VERSION}\n`;
    await writeFile(join(clone.directory, "Dockerfile"), dockerfile);
    return new RealRoad(lab, github, actions, clone, notices);
  }

  /** A commit with a green gate goes to main. @param dockerfile more lines of it */
  async push(dockerfile = ""): Promise<Ran & { readonly sha: string }> {
    const file = join(this.#clone.directory, "Dockerfile");
    await writeFile(file, `${readFileSync(file, "utf8")}${dockerfile}`);
    await this.#clone.git("add", "--all");
    const sha = await this.#clone.commit("feat: more");
    expect(await this.#clone.push("HEAD:main")).toBeUndefined();
    const gate = { ...at, name: "Gate", head_sha: sha, conclusion: "success" } as const;
    await client(this.#github, "github-actions").rest.checks.create(gate);
    return { sha, ...(await (await this.#start({ ref: "refs/heads/main", sha })).ran) };
  }

  /** The tag of a commit goes to production, once a maintainer has said yes. */
  async release(tag: string, sha: string): Promise<Ran> {
    await this.#clone.git("tag", tag, sha);
    expect(await this.#clone.push(tag)).toBeUndefined();
    const { id, ran } = await this.#start({ ref: `refs/tags/${tag}`, sha });
    const { rest } = client(this.#github, "maintainer");
    const run = { ...at, run_id: id };
    const pending = async () => {
      const { data } = await rest.actions.getPendingDeploymentsForRun(run);
      expect(data).toHaveLength(1);
      return data.map(({ environment }) => environment.id ?? 0);
    };
    const environment_ids = await vi.waitFor(pending, { timeout: 180_000, interval: 300 });
    await rest.actions.reviewPendingDeploymentsForRun({ ...run, environment_ids, state: "approved", comment: "" });
    return ran;
  }

  /** What Docker was asked for on the runner. @param verb the first word */
  calls = (verb: string): string[] => this.#lines("docker.log").filter((line) => line.startsWith(`${verb} `));

  async remove(): Promise<void> {
    for (const line of this.#lines("agents")) {
      const [, pid] = /SSH_AGENT_PID=(\d+)/.exec(line) ?? [];
      if (pid !== undefined) process.kill(Number(pid));
    }
    const images = docker(["images", "--format", "{{.Repository}}:{{.Tag}}"]).split("\n");
    const mine = images.filter((image) => image.startsWith(`${this.#lab.loopback}/`) && !image.endsWith(":<none>"));
    if (mine.length > 0) docker(["rmi", "--force", ...mine]);
    await this.#clone.remove();
    await this.#actions.remove();
    await this.notices.stop();
    this.#github.traffic.assertClean();
    await this.#github.stop();
  }

  #start(trigger: Pick<Trigger, "ref"> & Partial<Trigger>) {
    return this.#actions.start(this.#text, { event: "push", file: "cd.yml", ...trigger });
  }

  #lines(name: string): string[] {
    const file = join(this.#actions.home, name);
    return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  }
}

async function declare(github: GitHub, admin: Octokit, lab: Lab, stacks: Stacks, notices: Notices): Promise<void> {
  const secrets = {
    PULUMI_CONFIG_PASSPHRASE: stacks.staging.env.PULUMI_CONFIG_PASSPHRASE ?? "",
    SSH_PRIVATE_KEY: readFileSync(lab.identityFile, "utf8"),
    SLACK_WEBHOOK_URL: notices.hook,
  };
  const tags = ["v*.*.*"];
  const reviewer = github.world.user("maintainer")?.id ?? 0;
  await declareEnvironment(admin, { ...at, environment_name: "staging", branches: ["main"], secrets });
  await declareEnvironment(admin, { ...at, environment_name: "production-approval", tags, reviewer });
  await declareEnvironment(admin, { ...at, environment_name: "production", tags, secrets });
  for (const [environment_name, stack] of Object.entries(stacks) as [string, PulumiStack][]) {
    const value = stack.env.PULUMI_BACKEND_URL ?? "";
    const variable = { ...at, environment_name, name: "PULUMI_BACKEND_URL", value };
    await admin.rest.actions.createEnvironmentVariable(variable);
  }
}

/** Stacks as a team commits them: the key to their hosts is in the runner's agent and in no file. */
async function writeStacks(folder: string, stacks: Stacks): Promise<void> {
  await mkdir(folder);
  for (const [name, stack] of Object.entries(stacks) as [string, PulumiStack][]) {
    const file = `Pulumi.${name}.yaml`;
    const text = parse(readFileSync(join(stack.folder, file), "utf8")) as object;
    const committed = JSON.stringify(text, (key, value: unknown) => (key === "identityFile" ? undefined : value));
    await writeFile(join(folder, file), stringify(JSON.parse(committed)));
  }
  const makefile = 'setup env:\n\t@true\nheal:\n\t@echo "$(STACK)" >> "$(HOME)/heal.log"\n';
  await writeFile(join(folder, "Makefile"), makefile);
}

async function plant(actions: EmulatedActions, lab: Lab): Promise<void> {
  const path = `PATH='${process.env.PATH ?? ""}'`;
  actions.env.POLL_SECONDS = "0.1";
  actions.env.NODE_EXTRA_CA_CERTS = lab.certificates;
  await writeFile(join(actions.home, "registry-password"), lab.login.password, { mode: 0o600 });
  const [there, here] = [lab.registry, lab.loopback];
  await actions.plant(
    "docker",
    `#!/bin/bash
set -o pipefail
echo "$*" >> "$HOME/docker.log"
${path}
case $1 in
  login) [[ $(cat) == ghs_* ]] && docker login ${here} --username ${lab.login.username} --password-stdin < "$HOME/registry-password" ;;
  logout) docker logout ${here} ;;
  run) echo '{}' > sbom.spdx.json ;;
  *) docker "\${@//${there}/${here}}" 2>&1 | sed 's|${here}|${there}|g' ;;
esac
`,
  );
  const inherited = Object.entries(process.env).flatMap(([name, value = ""]) =>
    /^(PULUMI_(HOME|SKIP|SUPPRESS|FALLBACK|DISABLE|OPTION_SUPPRESS)|NODE_COMPILE)/.test(name)
      ? [`export ${name}='${value}'`]
      : [],
  );
  const pulumi = [`stack=$PWD/Pulumi.$STACK.yaml`, ...inherited, `export ${path}`, `cd '${process.cwd()}'`];
  await actions.plant("pulumi", `#!/bin/bash\n${pulumi.join("\n")}\nexec pulumi "$@" --config-file "$stack"\n`);
  const cosign = '#!/bin/bash\\necho "$*" >> "$HOME/cosign.log"\\n';
  await actions.plant("go", `#!/bin/bash\nprintf '${cosign}' > "$GOBIN/cosign"; chmod +x "$GOBIN/cosign"\n`);
  await actions.plant("ssh-agent", `#!/bin/bash\n${path}\nssh-agent "$@" | tee --append "$HOME/agents"\n`);
}
