// Roles of repositories that an organisation defines. Source: GitHub's description of the operation, which only Enterprise Cloud has; who may ask
// for them is said there.
import { atLeast, roleOf } from "./accounts.ts";
import type { Call, Reply } from "./call.ts";
import { notFound } from "./errors.ts";
import { shownUser } from "./shown.ts";
import { now } from "./world.ts";

export const customRoles = {
  "orgs/list-custom-repo-roles"(call: Call): Reply {
    const organization = call.organization();
    const { world, actor } = call;
    const isAdministrator =
      (actor?.kind === "user" && organization.members.get(actor.login) === "admin") ||
      world.repositories.some((one) => one.owner === organization && atLeast(roleOf(actor, one), "admin"));
    if (!isAdministrator || organization.plan !== "enterprise") throw notFound();
    const roles = organization.customRoles.map((name, index) => ({
      id: index + 1,
      name,
      base_role: "write",
      permissions: ["delete_alerts_code_scanning"],
      organization: shownUser(world, organization),
      created_at: now(),
      updated_at: now(),
    }));
    return call.list(roles, "custom_roles");
  },
};
