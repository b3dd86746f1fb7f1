import type { Release } from "../../releases/release.ts";
import type { ReleasesSettings } from "../../releases/schema.ts";
import { writableFolders } from "../../releases/container.ts";

/** One task, as ECS takes it. */
export interface TaskArgs {
  /** Its image is named by digest. */
  readonly release: Pick<Release, "id" | "version" | "image">;
  readonly settings: Pick<ReleasesSettings, "port" | "env" | "faults" | "limits" | "container">;
  /** Of the log group. */
  readonly logs: string;
  readonly region: string;
  /** Where each variable's value lies: ARNs of secrets, with the version. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Name of the only container. */
export const containerName = "api";

/** Of /tmp and other folders that a container may write to, in megabytes. */
const tmpfsMb = 256;

/**
 * The task's container in JSON, always the same text for the same values: another one would be a release. Pure.
 *
 * It is in plain text for everybody who may describe it, so it holds no secret, only where each lies.
 */
export function containerDefinitions({ release, settings, logs, region, secrets }: TaskArgs): string {
  const { id, version, image } = release;
  const { port, env, faults, limits, container } = settings;
  const drill = faults === "" ? {} : { SLIPWAY_FAULTS: faults };
  const environment = byName({ ...env, ...drill, SLIPWAY_VERSION: version, PORT: String(port) });
  const folders = writableFolders({ limits });
  const definition = {
    name: containerName,
    image,
    essential: true,
    ...(container.command ? { command: container.command } : {}),
    user: container.user,
    stopTimeout: container.stopSeconds,
    portMappings: [{ containerPort: port, protocol: "tcp" }],
    environment: environment.map(([name, value]) => ({ name, value })),
    ...(Object.keys(secrets).length > 0
      ? { secrets: byName(secrets).map(([name, valueFrom]) => ({ name, valueFrom })) }
      : {}),
    dockerLabels: { "slipway.release": id },
    readonlyRootFilesystem: limits.readOnly,
    linuxParameters: {
      initProcessEnabled: true,
      capabilities: { drop: ["ALL"] },
      ...(folders.length > 0 ? { tmpfs: folders.map((containerPath) => ({ containerPath, size: tmpfsMb })) } : {}),
    },
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": logs, "awslogs-region": region, "awslogs-stream-prefix": "task" },
    },
  };
  return JSON.stringify([definition]);
}

const byName = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

/** Where an image of ECR lies. */
export interface EcrRepository {
  /** As image names begin. */
  readonly server: string;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/** The repository of ECR that an image is in; undefined of another registry's. Pure. */
export function repositoryOf(image: string): EcrRepository | undefined {
  const found = /^((\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com)\/([^:@]+)/.exec(image);
  if (found === null) return undefined;
  const [, server = "", account = "", region = "", repository = ""] = found;
  return { server, account, region, arn: `arn:aws:ecr:${region}:${account}:repository/${repository}` };
}
