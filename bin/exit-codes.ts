/** How every command ends; docs/runbook.md says what each code means. With several hosts it is the first that is not 0. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, held: 4, drifted: 5 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a message instead of a result. */
export class Failure extends Error {
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = exitCodes.failed) {
    super(message);
    this.code = code;
  }
}
