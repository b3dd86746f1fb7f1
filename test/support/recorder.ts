import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import runtime from "@pulumi/pulumi/runtime/resource.js";
import { afterEach, beforeEach } from "vitest";

/** One resource as the program registered it, options included. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  readonly inputs: Record<string, unknown>;
  readonly ignoreChanges: readonly string[];
  readonly dependsOn: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  /** Inputs as they go to the engine, secrets marked: what a test of secrets looks at. */
  readonly wire: string;
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): unknown };
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getDeletebeforereplace(): boolean;
  getRetainondelete(): boolean;
  getProtect(): boolean;
}

/**
 * Starts Pulumi's mocks and records every resource. Pulumi's own mocks hide resource options (pulumi/pulumi#14421), so this listens one
 * step earlier.
 *
 * @param options answers of data sources by their token. @default each answers what it was asked
 */
export async function record(
  options: { readonly preview?: boolean; readonly answers?: Readonly<Record<string, Record<string, unknown>>> } = {},
): Promise<{ resources: Recorded[]; errorHooks: pulumi.ErrorHook[]; stop: () => void }> {
  const resources: Recorded[] = [];
  const errorHooks: pulumi.ErrorHook[] = [];
  // The mocks have nobody who would call them.
  Object.assign(runtime, {
    registerErrorHook: (hook: pulumi.ErrorHook) => {
      errorHooks.push(hook);
      return Promise.resolve();
    },
  });
  // oxlint-disable-next-line typescript/unbound-method -- called with its own receiver below
  const original = MockMonitor.prototype.registerResource;
  MockMonitor.prototype.registerResource = function (request: Request, callback: never) {
    const object = request.getObject().toJavaScript();
    resources.push({
      type: request.getType(),
      name: request.getName(),
      urn: (this as unknown as { newUrn(...parts: string[]): string }).newUrn(
        request.getParent(),
        request.getType(),
        request.getName(),
      ),
      parent: request.getParent(),
      inputs: unwrap(object) as Record<string, unknown>,
      ignoreChanges: request.getIgnorechangesList(),
      dependsOn: request.getDependenciesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete(),
      protect: request.getProtect(),
      wire: JSON.stringify(object),
    });
    return original.call(this, request, callback);
  };
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => options.answers?.[token] ?? (inputs as Record<string, unknown>),
      newResource: ({ name, type, inputs }) => ({
        id: `${name}-id`,
        state: {
          ...(type.startsWith("aws:")
            ? { arn: `${name}-arn`, arnSuffix: `${name}-suffix`, versionId: `${name}-v` }
            : {}),
          ...(inputs as Record<string, unknown>),
          imageId: `sha256:${name}`,
          // What an image starts is asked as JSON.
          stdout: name.endsWith("-start") ? '[["tini","--"],["image-serve"]]' : `${name}-stdout`,
          updatedAt: "2099-01-01T00:00:00Z",
        },
      }),
    },
    "slipway",
    "test",
    options.preview ?? false,
  );
  return { resources, errorHooks, stop: () => (MockMonitor.prototype.registerResource = original) };
}

/** The mark that the engine's wire format puts on a secret value. */
export const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** Values without their secret marks. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  if ("4dabf18193072939515e22adb298388d" in value && "value" in value) return unwrap(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unwrap(part)]));
}

/** The wire form with every value that is marked secret cut out. */
export function withoutSecrets({ wire }: Recorded): string {
  return JSON.stringify(JSON.parse(wire), (_, value: unknown) =>
    typeof value === "object" && value !== null && Object.values(value).includes(secretMark) ? "[secret]" : value,
  );
}

/** Records anew for each test of a file. @returns what holds the resources of the test that runs */
export function recordEach(): { readonly resources: Recorded[] } {
  let now: Awaited<ReturnType<typeof record>> | undefined;
  beforeEach(async () => {
    now = await record();
  });
  afterEach(() => {
    now?.stop();
  });
  return {
    get resources() {
      return now?.resources ?? [];
    },
  };
}
