/** What a preview would do to one thing, most harmful first. */
export const kindsOfChange = ["delete", "replace", "update", "create", "import"] as const;
export type KindOfChange = (typeof kindsOfChange)[number];

/** A property that differs. Without values where a value may be secret. */
export interface ChangedProperty {
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Change {
  readonly kind: KindOfChange;
  readonly name: string;
  /** The provider and the type: `docker Container`. */
  readonly type: string;
  readonly properties: readonly ChangedProperty[];
}

/** What the program or the engine said. */
export interface Said {
  readonly severity: "error" | "warning" | "info";
  readonly text: string;
}

/** What a preview shows people, and nothing of a resource's state but what they need. */
export interface PreviewedChanges {
  readonly project: string;
  readonly stack: string;
  readonly changes: readonly Change[];
  /** Things that stay as they are. */
  readonly unchanged: number;
  readonly said: readonly Said[];
}

interface State {
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

interface Step {
  readonly op?: unknown;
  readonly urn?: unknown;
  readonly oldState?: State;
  readonly newState?: State;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  readonly diffReasons?: readonly string[] | null;
  readonly replaceReasons?: readonly string[] | null;
}

/** How the engine names what it does. What is not here changes nothing. */
const kindOf: Readonly<Record<string, KindOfChange>> = {
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
  update: "update",
  create: "create",
  import: "import",
  "remove-pending-replace": "delete",
};

/**
 * Reads what `pulumi preview --json` printed.
 *
 * Values are left out unless they can't be secret (terrapod#1735): numbers, yes and no, and the text of properties that only name things.
 *
 * @param printed the document
 * @param stack what is previewed, for a preview that ended before it named anything
 * @throws Error if it is no such document, or of another stack
 */
export function previewedChanges(
  printed: string,
  stack: { readonly project: string; readonly stack: string },
): PreviewedChanges {
  const document = parsed(printed);
  const steps = (Array.isArray(document.steps) ? document.steps : []) as readonly Step[];
  const changes = new Map<string, Change>();
  let unchanged = 0;
  for (const step of steps) {
    const urn = urnOf(step.urn);
    if (urn.project !== stack.project || urn.stack !== stack.stack) {
      throw new Error(`The preview is of ${urn.project}/${urn.stack}, not of ${stack.project}/${stack.stack}`);
    }
    // The things in a component are told, not the component.
    if ((step.newState ?? step.oldState)?.custom !== true) continue;
    const kind = kindOf[String(step.op)];
    if (kind === undefined) {
      unchanged += step.op === "same" ? 1 : 0;
      continue;
    }
    // A replacement comes as up to three steps.
    const before = changes.get(String(step.urn));
    const properties = kind === "update" || kind === "replace" ? changedProperties(step) : [];
    if (before === undefined || properties.length > before.properties.length) {
      changes.set(String(step.urn), { kind, name: urn.name, type: urn.type, properties });
    }
  }
  return { ...stack, changes: [...changes.values()], unchanged, said: saidIn(document.diagnostics) };
}

function parsed(printed: string): { steps?: unknown; diagnostics?: unknown } {
  try {
    const document: unknown = JSON.parse(printed);
    if (typeof document === "object" && document !== null && ("steps" in document || "diagnostics" in document)) {
      return document;
    }
  } catch {
    // Said below.
  }
  throw new Error("This is not what pulumi preview --json prints. Fix: pulumi preview --json > preview.json");
}

function urnOf(urn: unknown): { stack: string; project: string; type: string; name: string } {
  const [, stack, project, types, name] = /^urn:pulumi:([^:]+)::([^:]+)::(.*?)::(.*)$/s.exec(String(urn)) ?? [];
  if (stack === undefined || project === undefined || types === undefined || name === undefined) {
    throw new Error("A step of the preview names no resource");
  }
  const [provider = "", module = "", type = ""] = (types.split("$").at(-1) ?? "").split(":");
  return { stack, project, name, type: `${provider} ${type || module}` };
}

function changedProperties(step: Step): ChangedProperty[] {
  const detailed = Object.keys(step.detailedDiff ?? {});
  const paths = detailed.length > 0 ? detailed : [...(step.replaceReasons ?? []), ...(step.diffReasons ?? [])];
  return [...new Set(paths)].sort().map((path) => {
    const from = shown(path, valueAt(step.oldState, path));
    const to = shown(path, valueAt(step.newState, path));
    return { path, ...(from === undefined || to === undefined ? {} : { from, to }) };
  });
}

function valueAt(state: State | undefined, path: string): unknown {
  const keys = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
  );
  return keys.reduce<unknown>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    state?.inputs,
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Properties whose text names things and holds nothing. */
const naming =
  /^(?:image|name|tag|version|repository|visibility|enforcement|pattern|environment|restart|networkMode|user)$/;

function shown(path: string, value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === undefined) return "nothing";
  // Only as a property of the resource itself: below it, anybody's keys begin.
  return typeof value === "string" && naming.test(path) ? value : undefined;
}

const severities = ["error", "warning", "info"] as const;

function saidIn(diagnostics: unknown): Said[] {
  if (!Array.isArray(diagnostics)) return [];
  return diagnostics.flatMap((each: unknown) => {
    if (!isObject(each) || typeof each.message !== "string") return [];
    const severity = severities.find((known) => String(each.severity).startsWith(known));
    const text = each.message.trim();
    return severity === undefined || text === "" ? [] : [{ severity, text }];
  });
}
