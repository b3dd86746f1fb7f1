/** The GitHub Actions app: required checks are pinned to it, so that nobody else can report them. */
export const actionsApp = 15368;

/** Name of the one check that branches require. */
export const gateName = "Gate";
