import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { commands, slipway } from "../../bin/slipway.ts";
import { Stubs } from "./support.ts";

/** Every command × every mistyped flag and extra word: nothing is started, and a suggestion is made. */

const stubs = new Stubs();

beforeAll(() => {
  vi.stubEnv("PATH", stubs.path);
});

afterAll(() => {
  vi.unstubAllEnvs();
  stubs.remove();
});

/** Runs a command line in this process. */
async function runHere(args: readonly string[]) {
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    });
  }
  try {
    return { code: await slipway(args), started: stubs.started(), ...said };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  }
}

/** Commands that do something, with the words that name them. */
function leaves(command: Command, words: readonly string[] = []): [string, Command][] {
  if (command.commands.length > 0) return command.commands.flatMap((each) => leaves(each, [...words, each.name()]));
  return [[words.join(" "), command]];
}
const all = leaves(commands());

/** A letter left out, and two letters swapped. */
function mistyped(flag: string): string[] {
  const word = flag.slice(2);
  const dropped = Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1));
  const swapped = Array.from(word.slice(1), (_, at) =>
    [word.slice(0, at), word[at + 1] ?? "", word[at] ?? "", word.slice(at + 2)].join(""),
  );
  return [...new Set([...dropped, ...swapped])].filter((each) => each !== word).map((each) => `--${each}`);
}

const lineOf = (name: string, command: Command) => [
  ...name.split(" "),
  ...command.registeredArguments.map(() => "2"),
  "--stack",
  "staging",
];

test("all commands are looked at", () => {
  expect(all.map(([name]) => name)).toEqual([
    "init",
    "status",
    "rollback",
    "restart",
    "allow",
    "lock",
    "unlock",
    "maintenance on",
    "maintenance off",
    ...["list", "now", "verify"].map((name) => `backup ${name}`),
    "restore",
    ...["watch", "pause", "resume", "promote-now", "abort", "list", "show"].map((name) => `rollout ${name}`),
    "logs",
    "exec",
    "run",
    "metrics",
    "dashboard",
    "preflight",
    "settings explain",
    "adopt",
    "drift",
    "checklist",
    "governance move",
    "secrets diff",
    "secrets set",
    "ci",
    "workflows diff",
    "workflows apply",
    "preview-comment",
  ]);
});

/** `preview-comment` asks nobody about its stack (test/bin/preview-comment.integration.test.ts); words behind the others' first one are not theirs. */
const others = ["preview-comment", "exec", "run"];
const ofStack = all.filter(
  ([name, command]) => !others.includes(name) && command.options.some(({ long }) => long === "--stack"),
);

/** Of options whose values have a form. */
const rightValues: Readonly<Record<string, string>> = {
  "--days": "7",
  "--hours": "7",
  "--prometheus": "http://127.0.0.1:1",
  "--repository": "a/b",
  "--slot": "blue",
  "--part": "proxy",
  "--lines": "5",
  "--since": "5m",
  "--until": "2h",
  "--wait": "2h",
  "--page": "LICENSE",
  "--format": "json",
  "--replica": "1",
  "--to": "1.0.0",
  "--only": "hooks",
  "--skip": "hooks=why",
};
/** Options that may be given several times. */
const repeated = ["--skip"];

describe.each(ofStack)("slipway %s", (name, command) => {
  const line = lineOf(name, command);
  const refused = async (args: readonly string[], meant: string | RegExp) => {
    const { code, started, stdout, stderr } = await runHere(args);
    expect({ args, code, started, stdout }).toEqual({ args, code: 2, started: [], stdout: "" });
    expect(stderr, args.join(" ")).toMatch(meant);
    expect(stderr.trim().split("\n"), args.join(" ")).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`^slipway ${name}: .* Fix: slipway ${name} --help\n$`));
  };

  // `secrets set` asks GitHub itself, and needs neither the engine nor a host.
  if (name !== "secrets set") {
    test("starts something when it is typed as it is meant", async () => {
      expect((await runHere(line)).started).not.toEqual([]);
    });
  }

  const options = command.createHelp().visibleOptions(command);
  const flags = options.flatMap(({ long, required }) => (long ? [[long, required] as const] : []));
  test.each(flags)("%s mistyped", async (flag, takesValue) => {
    for (const wrong of mistyped(flag)) {
      const meant = new RegExp(`did you mean (${flags.map(([known]) => known).join("|")})\\.`);
      await refused([...line, wrong, ...(takesValue ? ["production"] : [])], meant);
      await refused([...line, ...(takesValue ? [`${wrong}=production`] : [wrong])], meant);
      await refused([...name.split(" "), wrong, "2"], meant);
    }
    if (flag.length > 5) await refused([...line, mistyped(flag)[1] ?? ""], `did you mean ${flag}.`);
    await refused([...line, flag.slice(1)], "did you mean ");
  });

  test("a word that is missing, and an extra one", async () => {
    const isNeeded = command.registeredArguments.some(({ required }) => required);
    if (isNeeded) await refused([...name.split(" "), "--stack", "staging"], /: <\w+> is missing\. Fix/);
    await refused([...line, "production"], "did you mean --stack production.");
    await refused([...line, "--", "production"], "did you mean --stack production.");
    await refused([...line, "jsn"], "did you mean --json.");
  });

  test("a value that is missing, empty or given twice", async () => {
    for (const flag of flags.flatMap(([flag, takesValue]) => (takesValue ? [flag] : []))) {
      const start = [...name.split(" "), ...command.registeredArguments.map(() => "2")];
      await refused([...start, flag], `: ${flag} needs a value, got nothing. Fix`);
      await refused([...start, flag, "--json"], `: ${flag} needs a value, got --json; allowed `);
      await refused([...start, `${flag}=`], `: ${flag} needs a value, got nothing; allowed `);
      const right = rightValues[flag] ?? "a";
      if (!repeated.includes(flag))
        await refused([...start, flag, right, flag, "b"], `: ${flag} is given twice, got b; allowed one. Fix`);
    }
  });
  test("a stack that does not exist", async () => {
    const { code, started, stderr } = await runHere([...line.slice(0, -1), "prodcution"]);
    expect({ code, started }).toEqual({ code: 2, started: [] });
    expect(stderr).toMatch(/prodcution is no stack with a file; did you mean production; allowed .*production/);
  });
});

test.each(["exec", "run"])(
  "slipway %s: options behind the command are the command's, those before it are strict",
  async (name) => {
    const { started } = await runHere([name, "--stack", "local", "ls", "--stak", "-la", "--json"]);
    expect(started.some((line) => line.includes("docker"))).toBe(true);
    for (const [args, meant] of [
      [["--stak", "local", "ls"], "--stak; did you mean --stack"],
      [["--replica", "0", "ls"], "--replica has another form, got 0; allowed 1 and up"],
      [["--slot", "both", "ls"], "allowed live, standby, blue, green"],
      [["--stack", "local"], "<command> is missing"],
    ] as const) {
      const { code, started: begun, stderr } = await runHere([name, ...args]);
      expect({ code, begun }).toEqual({ code: 2, begun: [] });
      expect(stderr).toContain(meant);
    }
  },
);

test.each([
  [["rolback"], "slipway: unknown command, got rolback; did you mean rollback. Fix: slipway --help\n"],
  [["teleport"], "slipway: unknown command, got teleport. Fix: slipway --help\n"],
  [["deploy"], "slipway: unknown command, got deploy. Fix: pulumi up\n"],
  [["workflows", "aply"], "slipway workflows: unknown command, got aply; did you mean apply. Fix: "],
  [
    ["workflows", "apply", "a", "b"],
    "slipway workflows apply: too many arguments, got b. Fix: slipway workflows apply --h",
  ],
  [["ci", "--fxi"], "slipway ci: unknown option, got --fxi; did you mean --fix. Fix: slipway ci --help\n"],
  [["ci", "--zzzzzz"], "slipway ci: unknown option, got --zzzzzz; allowed --fix, --list, --json, --help. Fix: "],
  [["--stack", "staging", "rollback"], "slipway: unknown option, got --stack; allowed --version, --help. Fix: "],
  [["rollback", "--yes"], "slipway rollback: unknown option, got --yes. Fix: leave it out, no question is asked\n"],
  [
    ["rollout", "show", "it's"],
    "slipway rollout show: <number> is no number of a rollout, got it's; allowed one that slipway rollout list shows. Fix: slipway rollout show --help\n",
  ],
  [
    ["allow", "-"],
    "slipway allow: <release> is no release, got -; allowed an id or version that slipway status shows. F",
  ],
  [
    ["rollback", "--reason", "two\nlines"],
    'slipway rollback: --reason is too long, or not one line, got "two\\nlines"; allowed at most 200 characters on one line. Fix: ',
  ],
  [
    ["metrics", "--days", "0"],
    "slipway metrics: --days is no number of days, got 0; allowed a whole number from 1 to 3",
  ],
  [[], "Usage: slipway"],
  [["rollout"], "Usage: slipway rollout"],
])("slipway %j", async (args, said) => {
  const { code, started, stdout, stderr } = await runHere(args);
  expect({ code, started, stdout }).toEqual({ code: 2, started: [], stdout: "" });
  expect(stderr).toContain(said);
});

test("slipway help says of a command what the command itself does", async () => {
  for (const words of [["status"], ["rollback"]]) {
    const [asked, own] = [await runHere(["help", ...words]), await runHere([...words, "--help"])];
    expect(asked).toEqual(own);
    expect(asked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Usage: slipway ${words.join(" ")}`) as string,
    });
  }
  expect((await runHere(["help"])).stdout).toContain("Usage: slipway");
  expect((await runHere(["rollout", "help", "abort"])).stdout).toContain("Usage: slipway rollout abort");
});

test.each([...all.filter(([name]) => /^(rollback|adopt|rollout (pause|resume|promote-now|abort))$/.test(name))])(
  "slipway %s names no stack, and several could be meant: without a terminal it is refused",
  async (name) => {
    const { code, started, stderr } = await runHere(name.split(" "));
    expect({ code, started }).toEqual({ code: 2, started: [] });
    expect(stderr).toMatch(
      /^slipway: no stack is named, and several have slipway:(host|github|host or slipway:github): .*production.* Fix: --stack <name>\n$/,
    );
  },
);
