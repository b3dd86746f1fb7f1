/**
 * What a role may be called: containers beside the service's own that have no port. The name stands in that of their containers, behind the
 * slot's, so it is none of a slot; `web` is what serves.
 */
export const roleName = /^(?!web$|blue$|blue-|green$|green-)[a-z][a-z0-9-]{0,29}$/;

/** When a role runs that does not run all the time: five fields of cron. The program has read them; here they are only shown. */
export const roleSchedule = /^[\dA-Za-z*,/ -]{9,200}$/;

/** One container of a role. */
export interface RoleContainer {
  readonly role: string;
  /** Counts from 1 in its role. */
  readonly number: number;
  /** Among all of its slot's, counts from 0: it has the address of that place. */
  readonly place: number;
}

/** Every container of a release's roles, with how many each has; the order of the settings' file does not matter. */
export const roleContainers = ({
  roles = {},
}: {
  readonly roles?: Readonly<Record<string, number>> | undefined;
}): RoleContainer[] =>
  Object.entries(roles)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([role, count]) => Array.from({ length: count }, (_, index) => ({ role, number: index + 1 })))
    .map((one, place) => ({ ...one, place }));
