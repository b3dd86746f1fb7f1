/** This machine lacks something that its user can do something about: shown as one line without a stack. */
export class SetupFailed extends Error {
  constructor(problem: string, fix: string) {
    super(`${problem}. Fix: ${fix}`);
    this.name = "SetupFailed";
  }
}
