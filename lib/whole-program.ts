import { createRequire } from "node:module";

/** The SDK's own list of promises that nothing has ended yet; its types leave it out. */
const { leakedPromises } = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as {
  readonly leakedPromises: () => readonly [ReadonlySet<unknown>, string];
};

/**
 * Ends the program with an error where it stops before the engine knows all that it declares, such as by two resources that wait for each other.
 *
 * What must never happen here: the SDK tells the engine that a program is done once Node has nothing left to do, and looks only afterwards
 * for what was forgotten. By then the engine has deleted all that it was not told of, which may be what serves.
 */
export function endsWhole(): void {
  process.once("beforeExit", () => {
    const [leaked] = leakedPromises();
    if (leaked.size === 0) return;
    process.stderr.write(
      "The program stopped before all that it declares was known to the engine, so nothing is deleted. This is a mistake in a program, not on a host. " +
        "Fix: report it with what `PULUMI_DEBUG_PROMISE_LEAKS=yes pulumi preview` says; until then, go back to the version of Slipway before\n",
    );
    // Whoever tells the engine looks at it.
    process.exitCode = 1;
  });
}
