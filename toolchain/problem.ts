/** A mistake or a lack that the user can do something about: shown as one line without a stack. */
export class Problem extends Error {
  constructor(problem: string, fix: string) {
    super(`${problem}. Fix: ${fix}`);
    this.name = "Problem";
  }
}
