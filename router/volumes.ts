/** What a volume that the service keeps may be called; it stands in Docker's name of it and in those of its backups, behind a dot. */
export const volumeName = /^[a-z][a-z0-9-]{0,39}$/;

/** Where a container has something of its own: an absolute path, outside what every container is given. */
export const volumeFolder = /^(?!\/proc\b|\/sys\b|\/dev\b|\/run\/secrets\b)(\/[\w.-]*[\w-][\w.-]*)+$/;
