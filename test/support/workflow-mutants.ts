import { ci } from "../../workflows/ci.ts";
import type { RenderedWorkflow } from "../../workflows/model/rendered-workflow.ts";
import type { Job, Workflow } from "../../workflows/model/workflow.ts";

/** A mistake that no published linter finds, and the words by which ours does. */
export interface Mutant<T> {
  readonly name: string;
  readonly change: (subject: T) => void;
  readonly found: RegExp;
}

/** What is in ci.yml for certain. */
function the<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("ci.yml has no such part");
  return part;
}

type Loose<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { -readonly [K in keyof T]-?: Loose<NonNullable<T[K]>> }
    : T;
/** The model, open to any change. */
export type OpenWorkflow = Loose<Workflow>;
/** The file, open to any change. */
export type OpenFile = { -readonly [K in keyof RenderedWorkflow]: unknown } & {
  on: Record<string, Record<string, unknown>>;
  jobs: Record<string, Record<string, unknown> & { steps: Record<string, unknown>[] }>;
};

const job = (model: OpenWorkflow, id: string): Loose<Job> => the(model.jobs[id]);
const gate = (model: OpenWorkflow) => job(model, "gate");
const remove = (object: object, key: string): void => {
  Reflect.deleteProperty(object, key);
};

const gatedIds = Object.keys(ci.jobs).filter((id) => ci.jobs.gate?.needs?.includes(id) === true);

/** Mistakes in the model: a gate that never reports, or that lets a failure through. */
export const gateMutants: readonly Mutant<OpenWorkflow>[] = [
  {
    name: "ruby/rbs#3032: no merge queue",
    change: (m) => {
      m.on.mergeQueue = false;
    },
    found: /not report for merge_group/,
  },
  {
    name: "no pull requests",
    change: (m) => {
      remove(m.on, "pullRequestsTo");
    },
    found: /not report for pull_request/,
  },
  {
    name: "no pushes",
    change: (m) => {
      remove(m.on, "push");
    },
    found: /not report for push/,
  },
  {
    name: "plain needs",
    change: (m) => {
      remove(gate(m), "when");
    },
    found: /skipped counts as success/,
  },
  {
    name: "not in a cancelled run",
    change: (m) => {
      gate(m).when.after = "end";
    },
    found: /skipped counts as success/,
  },
  {
    name: "only for pull requests",
    change: (m) => {
      gate(m).when.events = ["pull_request"];
    },
    found: /does not always run/,
  },
  {
    name: "only for own people",
    change: (m) => {
      gate(m).when.trusted = true;
    },
    found: /does not always run/,
  },
  {
    name: "only for tags",
    change: (m) => {
      gate(m).when.refPrefix = "refs/tags/";
    },
    found: /does not always run/,
  },
  {
    name: "wafflebase#807: a matrix",
    change: (m) => {
      gate(m).matrix = { os: ["a"] };
    },
    found: /gate is a matrix/,
  },
  {
    name: "advisory",
    change: (m) => {
      gate(m).advisory = true;
    },
    found: /gate is advisory/,
  },
  {
    name: "no such job",
    change: (m) => {
      m.gate = "gates";
    },
    found: /gates is no job/,
  },
  {
    name: "the name of another job",
    change: (m) => {
      gate(m).name = "Build Docker";
    },
    found: /two jobs report/,
  },
  {
    name: "the name of a combination",
    change: (m) => {
      gate(m).name = "Unit Tests (3.12)";
    },
    found: /two jobs report/,
  },
  {
    name: "LeanerCloud/CUDly#1688: any skip is allowed",
    change: (m) => {
      the(gate(m).steps[0]).env.MAY_BE_SKIPPED = '{"unit":["pull_request"]}';
    },
    found: /allowed skips/,
  },
  {
    name: "no allowed skips",
    change: (m) => {
      remove(the(gate(m).steps[0]).env, "MAY_BE_SKIPPED");
    },
    found: /allowed skips/,
  },
  {
    name: "no steps",
    change: (m) => {
      gate(m).steps = [];
    },
    found: /allowed skips/,
  },
  {
    name: "a job that gained a condition",
    change: (m) => {
      job(m, "unit").when = { events: ["push"] } as never;
    },
    found: /allowed skips/,
  },
  {
    name: "a needed job that is advisory",
    change: (m) => {
      job(m, "image").advisory = true;
    },
    found: /scan needs image/,
  },
  ...gatedIds.flatMap((id): Mutant<OpenWorkflow>[] => [
    {
      name: `does not look at ${id}`,
      change: (m) => {
        gate(m).needs = gate(m).needs.filter((each) => each !== id);
      },
      found: new RegExp(`does not look at ${id}`),
    },
    {
      name: `${id} skipped for forks`,
      change: (m) => {
        job(m, id).when = { ...job(m, id).when, trusted: true };
      },
      found: new RegExp(`${id} may be skipped for a reason`),
    },
    {
      name: `${id} cannot fail`,
      change: (m) => {
        for (const step of job(m, id).steps) step.mayFail = true;
      },
      found: new RegExp(`${id} cannot fail`),
    },
  ]),
];

const lint = (file: OpenFile) => the(file.jobs.lint);
const digestless = (image: string) => (file: OpenFile) => {
  const { services } = the(file.jobs.integration) as unknown as { services: Record<string, { image: string }> };
  the(services.redis).image = image;
};

/** Mistakes in a file: it leaks, rots or hangs. */
export const fileMutants: readonly Mutant<OpenFile>[] = [
  {
    name: "AgentDeck#248: a filter of paths",
    change: (f) => {
      the(f.on.pull_request).paths = ["src/**"];
    },
    found: /filtered by paths/,
  },
  {
    name: "a filter of ignored paths",
    change: (f) => {
      the(f.on.push)["paths-ignore"] = ["docs/**"];
    },
    found: /filtered by paths/,
  },
  {
    name: "pull_request_target",
    change: (f) => {
      f.on.pull_request_target = {};
    },
    found: /stranger/,
  },
  {
    name: "no top permissions",
    change: (f) => {
      remove(f, "permissions");
    },
    found: /more than its steps need/,
  },
  {
    name: "write-all",
    change: (f) => {
      f.permissions = "write-all";
    },
    found: /more than its steps need/,
  },
  {
    name: "no pipefail",
    change: (f) => {
      remove(f, "defaults");
    },
    found: /inside a pipe/,
  },
  {
    name: "no time limit",
    change: (f) => {
      remove(lint(f), "timeout-minutes");
    },
    found: /6 hours/,
  },
  {
    name: "no name",
    change: (f) => {
      remove(lint(f), "name");
    },
    found: /has no name/,
  },
  {
    name: "no permissions of its own",
    change: (f) => {
      remove(lint(f), "permissions");
    },
    found: /token may do/,
  },
  {
    name: "a runner that changes",
    change: (f) => {
      lint(f)["runs-on"] = "ubuntu-latest";
    },
    found: /changes by itself/,
  },
  {
    name: "no runner",
    change: (f) => {
      remove(lint(f), "runs-on");
    },
    found: /changes by itself/,
  },
  {
    name: "fail-fast",
    change: (f) => {
      (the(f.jobs.unit).strategy as object as { "fail-fast": boolean })["fail-fast"] = true;
    },
    found: /cancels the others/,
  },
  {
    name: "two jobs of one name",
    change: (f) => {
      lint(f).name = "Build Docker";
    },
    found: /two jobs report/,
  },
  { name: "an image by tag", change: digestless("redis:7"), found: /image redis:7 can change/ },
  { name: "an image by half a digest", change: digestless("redis@sha256:abc"), found: /can change/ },
  {
    name: "a container by tag",
    change: (f) => {
      lint(f).container = { image: "node:24" };
    },
    found: /node:24 can change/,
  },
  {
    name: "a secret without an environment",
    change: (f) => {
      lint(f).env = { TOKEN: "${{ secrets.TOKEN }}" };
    },
    found: /every branch can/,
  },
  {
    name: "every secret",
    change: (f) => {
      lint(f).env = { ALL: "${{ toJSON(secrets) }}" };
    },
    found: /every secret/,
  },
  {
    name: "inherited secrets",
    change: (f) => {
      lint(f).secrets = "inherit";
    },
    found: /every secret/,
  },
  {
    name: "queue: maxx",
    change: (f) => {
      lint(f).concurrency = { group: "a", queue: "maxx" };
    },
    found: /queue is "maxx"/,
  },
  {
    name: "a queue that cancels",
    change: (f) => {
      lint(f).concurrency = { group: "a", queue: "max", "cancel-in-progress": true };
    },
    found: /refused by GitHub/,
  },
  {
    name: "a step without a name",
    change: (f) => {
      remove(the(lint(f).steps[1]), "name");
    },
    found: /step 2 has no name/,
  },
  {
    name: "an expression in shell text",
    change: (f) => {
      the(lint(f).steps[3]).run = "echo ${{ inputs.version }}";
    },
    found: /pastes an expression/,
  },
  {
    name: "a shell of its own",
    change: (f) => {
      the(lint(f).steps[3]).shell = "sh";
    },
    found: /shell of its own/,
  },
  {
    name: "an action by tag",
    change: (f) => {
      the(lint(f).steps[0]).uses = "actions/checkout@v7";
    },
    found: /Fix: actions\/checkout@3d3c/,
  },
  {
    name: "an action at another commit",
    change: (f) => {
      the(lint(f).steps[0]).uses = `actions/checkout@${"0".repeat(40)}`;
    },
    found: /which is v7/,
  },
  {
    name: "CVE-2026-33634: an action outside the lock",
    change: (f) => {
      the(lint(f).steps[0]).uses = "aquasecurity/trivy-action@v1";
    },
    found: /not in the lock/,
  },
  {
    name: "a misspelt input",
    change: (f) => {
      the(lint(f).steps[0]).with = { "persist-credential": false };
    },
    found: /does not take/,
  },
  {
    name: "a token in the clone",
    change: (f) => {
      remove(the(lint(f).steps[0]), "with");
    },
    found: /token in the clone/,
  },
  {
    name: "an artifact of nothing",
    change: (f) => {
      remove(the(the(f.jobs.image).steps[2]).with as object, "path");
    },
    found: /uploads nothing/,
  },
];
