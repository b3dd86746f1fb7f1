/**
 * How every command of `slipway` ends.
 *
 * | code | means |
 * | ---- | ----- |
 * | 0    | done; or looked, and all is as it should be |
 * | 1    | refused or failed, or what was looked at can't be told; the message says what to do |
 * | 2    | the command line is wrong, or names no stack where several could be meant; nothing was touched |
 * | 3    | a host or its rollout controller can't be reached |
 * | 4    | another deploy holds the host |
 * | 5    | `slipway drift`: GitHub was asked, and is not as declared |
 *
 * With several hosts it is the first code that is not 0, in the order of the stack file.
 */
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
