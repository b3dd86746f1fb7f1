import type { HostsSettings } from "../hosts/schema.ts";
import type { Problem } from "../problem.ts";
import type { ReleasesSettings } from "./schema.ts";

/** Volumes that cannot be as they are declared: in a folder that has something else in it, or apart on several hosts without a word. */
export function volumeProblems({
  volumes,
  limits,
  hosts,
}: Pick<ReleasesSettings, "volumes" | "limits"> & Pick<HostsSettings, "hosts">): Problem[] {
  const taken = new Map([
    ["/tmp", "which is in memory"],
    ...limits.writable.map((folder) => [folder, "which slipway:limits.writable puts in memory"] as const),
  ]);
  return Object.entries(volumes).flatMap(([name, { folder, eachHost }]): Problem[] => {
    const path = `slipway:volumes.${name}`;
    const by = taken.get(folder);
    taken.set(folder, `where ${path} is`);
    const isApart = Object.keys(hosts).length > 0 && !eachHost;
    return [
      ...(by === undefined
        ? []
        : [
            {
              path: `${path}.folder`,
              problem: `is a folder ${by}`,
              got: folder,
              allowed: "one of its own",
              fix: `pulumi config set --path '${path}.folder' <another>`,
            },
          ]),
      ...(isApart
        ? [
            {
              path,
              problem: "would hold other files on each of several hosts",
              got: `${String(Object.keys(hosts).length + 1)} hosts`,
              allowed: "one host, or that it is said",
              fix: `keep the files elsewhere; or, where each host may have its own, pulumi config set --path '${path}.eachHost' true`,
            },
          ]
        : []),
    ];
  });
}

/** Names of the volumes whose files are saved before each release. */
export const backedUpVolumes = (volumes: ReleasesSettings["volumes"]): string[] =>
  Object.keys(volumes).filter((name) => volumes[name]?.backup);
