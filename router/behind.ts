import { join } from "node:path";

/** Where a front's volume is mounted, in the front and in the proxies of the stacks behind it. */
export const doorsFolder = "/run/doors";

/** Group of the front's workers: they alone may knock at a door. Nobody else has it. */
export const doorsGroup = 7010;

/** By TLS, and in plain: to be sent to TLS, or where a service has none. */
export const doorKinds = ["secure", "plain"] as const;
export type DoorKind = (typeof doorKinds)[number];

/**
 * The socket at which a stack's proxy takes what a front passes on.
 *
 * @param stack what the names of the stack's containers begin with, at most {@link maxPrefix} characters
 */
export const doorPath = (folder: string, stack: string, kind: DoorKind): string =>
  join(folder, `${stack}.${kind}.sock`);

/** Longest that {@link doorPath} may have of a stack's: the kernel takes 107 bytes, and HAProxy adds to them while it makes a socket. */
export const maxPrefix = 72;

/** What the front has written of itself, in the folder of its doors. */
export const frontFile = (folder: string): string => join(folder, "front.json");

/** Where a stack's proxy says whose it is, to the machine itself alone. */
export const whosePath = "/.well-known/slipway";
