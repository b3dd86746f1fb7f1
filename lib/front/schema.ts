import { z } from "zod";
import { text, whole, type SettingsOf } from "../schema-parts.ts";

/** `<service>-<stack>`, as the names of a stack's containers begin; together no longer than `maxPrefix`. */
const stackOnHost = text(
  "a service's and its stack's name with a dash between, such as shop-production, at most 72 characters",
  /^[a-z][a-z0-9-]{0,39}-[\w.-]{1,31}$/,
);
const hostName = text(
  "a name in lower case such as api.example.com, or *.example.com for all below it",
  /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
);

/** Several stacks on one host behind one port. */
export const frontShape = {
  front: z
    .strictObject({
      names: z.record(hostName, stackOnHost).default({}),
      httpPort: whole(1, 65_535).default(80),
      connections: whole(10, 16_000).default(4_096),
    })
    .optional(),
  behind: stackOnHost.optional(),
};
export type FrontSettings = SettingsOf<typeof frontShape>;
