/** The clone's program. That of a project which has Slipway installed is the same line, with "slipway" for the path. */
export { deliver as default } from "./deliver.ts";
