/** Volume in which the doors of the stacks behind a front lie. @param front what the names of the front's containers begin with */
export const doorsOf = (front: string): string => `${front}-doors`;

/** User and group of the front's proxy until it listens: root without rights, in the group that may use the run volume. */
export const frontUser = "0:7007";

/** A host's words that begin a container for a moment, on the host's own network instead of none. */
export const inHostNetwork = (oneOff: string): string => oneOff.replace("--network none", "--network host");
