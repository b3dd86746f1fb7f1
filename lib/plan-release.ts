import * as pulumi from "@pulumi/pulumi";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashBuildContext } from "./build-context.ts";
import { freezeProblem } from "./freeze.ts";
import type { HostConnection } from "./host-connection.ts";
import { surveyHost } from "./host-survey.ts";
import { ledgerFromOutputs } from "./last-outputs.ts";
import type { Ledger } from "./ledger.ts";
import type { HostNames } from "./naming.ts";
import { formatProblem, formatProblems } from "./problem.ts";
import { readLedger } from "./read-ledger.ts";
import { makeRelease } from "./release.ts";
import { RegistryRefused, type RegistryLogin } from "./registry-client.ts";
import { resolveImage } from "./resolve-image.ts";
import type { Settings } from "./settings.ts";
import { PlanRefused, planSlots, type Plan } from "./slot-plan.ts";

/** A plan and the ledger that it was made from. */
export interface PlannedRelease {
  readonly ledger: Ledger;
  readonly plan: Plan;
  /** How to build the release's image on the host. @default it is pulled */
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
}

/**
 * Asks the host what its slots hold and plans the wanted release. Touches nothing.
 *
 * A preview of a host over SSH opens no connection when the stack's last outputs say that nothing is to be done.
 *
 * @param secrets plain values of the service's secrets: a changed one makes another release
 * @param login for the registry that serves the image
 * @throws pulumi.RunError when the image does not exist, another rollout is running, releases are frozen, or the host
 * can't be asked
 */
export async function planRelease(
  connection: HostConnection,
  names: HostNames,
  settings: Settings,
  secrets: Readonly<Record<string, string>>,
  login?: RegistryLogin,
): Promise<PlannedRelease> {
  const build = settings.image.build === undefined ? undefined : buildOf(settings.image.build, settings);
  const planFrom = async (ledger: Ledger): Promise<PlannedRelease> => {
    const image = build ? build.image : await pulledImage(settings, login, ledger);
    const { version, replicas, port, env, faults, health } = settings;
    const wanted = makeRelease(version, image, replicas, { port, env, secrets, faults, healthPath: health.path });
    const plan = planSlots(ledger, wanted);
    return { ledger, plan, ...(build ? { build: { context: build.context, args: build.args } } : {}) };
  };
  try {
    const outputs = () => ledgerFromOutputs(settings.replicas);
    if (connection.kind === "ssh" && pulumi.runtime.isDryRun()) {
      const planned = await planFrom(await outputs());
      if (planned.plan.action === "none") return planned;
    }
    const ledger = await askLedger(connection, names, settings, outputs);
    const planned = await planFrom(ledger);
    const frozen = freezeProblem(planned.plan, ledger, settings, new Date());
    if (frozen !== undefined) await refuseOrWarn(frozen);
    return planned;
  } catch (error) {
    if (error instanceof PlanRefused) throw new pulumi.RunError(`slipway:version: ${error.message}`);
    throw error;
  }
}

/** An update over SSH looks at the host first: everything that is wrong with it is said at once, before anything is touched. */
async function askLedger(
  connection: HostConnection,
  names: HostNames,
  { stockImages }: Settings,
  outputs: () => Promise<Ledger>,
): Promise<Ledger> {
  if (connection.kind === "local") return readLedger(connection, names, stockImages.node, outputs);
  const { problems, isBare } = await surveyHost(connection, {
    path: "slipway:host",
    prepares: connection.deployer !== undefined,
  });
  if (problems.length > 0) {
    await refuseOrWarn(formatProblems(problems));
    return outputs();
  }
  return readLedger(connection, names, stockImages.node, outputs, isBare);
}

/** A preview may look at any time; it only says that an update would be refused now. */
async function refuseOrWarn(problem: string): Promise<void> {
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
  await pulumi.log.warn(problem);
}

function buildOf(context: string, { service, version, stockImages }: Settings) {
  if (!existsSync(join(context, "Dockerfile"))) {
    const fix = "pulumi config set --path slipway:image.build <folder>";
    throw new pulumi.RunError(
      formatProblem({
        path: "slipway:image.build",
        problem: "has no Dockerfile",
        got: context,
        allowed: "a folder with one",
        fix,
      }),
    );
  }
  const args = { PYTHON_IMAGE: stockImages.python, VERSION: version };
  // A tag can't hold the + of a version with build metadata.
  const tag = `${version.replace("+", "_")}-${hashBuildContext(context, JSON.stringify(args))}`;
  return { context, args, image: `${service}:${tag}` };
}

async function pulledImage(
  { image, version }: Settings,
  login: RegistryLogin | undefined,
  ledger: Ledger,
): Promise<string> {
  const name = image.name ?? "";
  // A tag can't hold the + of a version with build metadata.
  const tag = image.tag ?? version.replace("+", "_");
  try {
    return await resolveImage({ name, tag, version }, ledger, login);
  } catch (error) {
    if (!(error instanceof RegistryRefused)) throw error;
    if (error.unauthorized) {
      throw new pulumi.RunError(
        formatProblem({
          path: login ? "slipway:registryPassword" : "slipway:registry",
          problem: "does not open the registry",
          got: `${error.message} from ${name}`,
          allowed: "a login that may pull the image",
          fix: "pulumi config set --secret slipway:registryPassword <token>, and look at slipway:registry.username",
        }),
      );
    }
    throw new pulumi.RunError(
      formatProblem({
        path: "slipway:image.name",
        problem: "can't be had",
        got: `${name}:${tag} (${error.message})`,
        allowed: "a version that the registry serves",
        fix: "push it, or pulumi config set slipway:version <version>",
      }),
    );
  }
}
