/**
 * What a role may be called: containers beside the service's own that have no port. The name stands in that of their containers, behind the
 * slot's, so it is none of a slot; `web` is what serves.
 */
export const roleName = /^(?!web$|blue$|blue-|green$|green-)[a-z][a-z0-9-]{0,29}$/;
