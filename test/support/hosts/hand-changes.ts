/** What somebody does to a stack's objects on a host by hand. Data: the same runs on this machine and over SSH. */
export interface HandChange {
  readonly name: string;
  /** Shell text; `$P` begins the stack's names, `$LIVE` and `$STANDBY` are its slots, `$IMAGE` is any image with `sleep`. */
  readonly harm: string;
  /** What it takes down or away, by the ends of the names. */
  readonly touches: readonly string[];
  /** What of that goes on all the same. @default nothing */
  readonly goesOn?: readonly string[];
  /** What has to be said of it, with the same variables. */
  readonly says: readonly string[];
}

/** Where the changes are made. */
export interface HandChangesPlace {
  readonly prefix: string;
  readonly live: string;
  readonly standby: string;
  readonly image: string;
  /** The folder of the stack's backups. */
  readonly backups: string;
  /** Slipway prepared the host, and with it the firewall. */
  readonly isPrepared: boolean;
}

const sorts = [
  { part: "$LIVE-1", what: "replica 1 of the live slot", serves: true },
  { part: "controller", what: "the rollout controller", serves: false },
  { part: "postgres", what: "PostgreSQL", serves: true },
  { part: "proxy-2", what: "the proxy in place 2", serves: false },
  { part: "$STANDBY-1", what: "replica 1 of the standby", serves: false },
  { part: "proxy-1", what: "the proxy in place 1", serves: true },
  { part: "redis", what: "Redis", serves: true },
] as const;

/** Each sort of container in each way. A stranger that runs where something serves is refused, so there it does not run. */
const ways = [
  { way: "removed", harm: 'docker rm -f "$P-PART"', says: "is not there: it is made anew" },
  { way: "stopped", harm: 'docker stop -t 1 "$P-PART"', says: "is stopped: it is started" },
  {
    way: "paused",
    // The kernel can't freeze a container in which a process begins at that moment ("unable to freeze").
    harm: `timeout 60 sh -c 'until docker pause "$P-PART"; do sleep 0.2; done'`,
    says: "is paused: it goes on",
  },
  {
    way: "made anew by hand from another image",
    harm: 'docker rm -f "$P-PART"; docker HOW --name "$P-PART" --entrypoint sleep "$IMAGE" 600',
    says: "is not the container that Slipway made: it is made anew",
  },
] as const;

const ofContainers = ways.flatMap((_, shift) =>
  sorts.map(({ part, what, serves }, index): HandChange => {
    // Neighbours are harmed in different ways.
    const { way, harm, says } = ways[(index + shift) % ways.length] ?? ways[0];
    return {
      name: `${what} ${way}`,
      harm: harm.replaceAll("PART", part).replace("HOW", serves ? "create" : "run -d"),
      touches: [part],
      says: [`${what} ($P-${part}) ${says}`],
    };
  }),
);

const others: readonly HandChange[] = [
  {
    name: "both slots removed",
    harm: 'docker ps -aq --filter "name=^/$P-(blue|green)-" | xargs docker rm -f',
    touches: ["$LIVE-1", "$STANDBY-1"],
    says: [
      "replica 1 of the live slot ($P-$LIVE-1) is not there: it is made anew",
      "replica 1 of the standby ($P-$STANDBY-1) is not there: it is made anew",
    ],
  },
  {
    name: "the controller and the files of the notices removed",
    harm: 'docker rm -f "$P-controller"; docker volume rm "$P-notices"',
    touches: ["controller"],
    says: ["volume $P-notices is gone: it is made anew"],
  },
  {
    name: "the folder of the backups removed",
    harm: 'rm -r "$BACKUPS"',
    touches: ["the backups"],
    says: ["the folder of the backups ($BACKUPS) is not there: it is made, empty"],
  },
  {
    name: "the standby and its secret files removed",
    harm: 'docker ps -aq --filter "name=^/$P-$STANDBY-" | xargs docker rm -f; docker volume rm "$P-$STANDBY-secrets"',
    touches: ["$STANDBY-1"],
    says: ["volume $P-$STANDBY-secrets is gone: it is made anew"],
  },
  {
    name: "the network and everything on it removed",
    harm: 'docker ps -aq --filter "network=$P" | xargs docker rm -f; docker network rm "$P"',
    touches: ["$LIVE-1", "$STANDBY-1", "postgres", "redis", "controller"],
    says: ["network $P is gone: it is made anew"],
  },
  {
    name: "what serves renamed",
    harm: 'docker rename "$P-$LIVE-1" "$P-mine"; docker rename "$P-proxy-1" "mine-$P"',
    touches: ["$LIVE-1", "proxy-1"],
    goesOn: ["$LIVE-1", "proxy-1"],
    says: [
      "container $P-$LIVE-1 was renamed to $P-mine: it gets its name back",
      "container $P-proxy-1 was renamed to mine-$P: it gets its name back",
    ],
  },
  {
    name: "a replica taken off the network",
    harm: 'docker network disconnect "$P" "$P-$STANDBY-1"',
    touches: ["$STANDBY-1"],
    says: ["replica 1 of the standby ($P-$STANDBY-1) is not at its address: it is made anew"],
  },
  {
    name: "restart policies and memory changed",
    harm: 'docker update --restart no "$P-$LIVE-1" "$P-postgres"; docker update --memory 256m --memory-swap 256m "$P-controller"',
    touches: [],
    says: [
      "replica 1 of the live slot ($P-$LIVE-1) would stay down after a reboot: it starts by itself again",
      "PostgreSQL ($P-postgres) would stay down after a reboot: it starts by itself again",
      "the rollout controller ($P-controller) may take less memory than it needs: it gets its 512 MB back",
    ],
  },
  {
    name: "a boot that stopped half-way",
    harm: 'docker stop -t 1 "$P-controller" "$P-proxy-1" "$P-postgres" "$P-$LIVE-1"',
    touches: ["controller", "proxy-1", "postgres", "$LIVE-1"],
    says: [
      "the proxy in place 1 ($P-proxy-1) is stopped: it is started",
      "PostgreSQL ($P-postgres) is stopped: it is started",
    ],
  },
  {
    name: "everything stopped",
    harm: 'docker ps -q --filter "name=^/$P-" | xargs docker stop -t 1',
    touches: sorts.map(({ part }) => part),
    says: sorts.map(({ part, what }) => `${what} ($P-${part}) is stopped: it is started`),
  },
];

const ofFirewall: readonly HandChange[] = [
  {
    name: "the firewall's table removed",
    harm: "nft delete table inet slipway",
    touches: ["the firewall"],
    says: ["the firewall's table (inet slipway) is gone, so every port is open to everybody: it is loaded again"],
  },
  {
    name: "the firewall's table changed",
    harm: "nft add rule inet slipway input tcp dport 9999 accept",
    touches: ["the firewall"],
    says: ["the firewall's table (inet slipway) is not as Slipway loaded it: it is loaded again"],
  },
];

/** Several changes at once, none of which hides another one. */
export interface HandChanges {
  readonly name: string;
  readonly harm: string;
  readonly says: readonly string[];
  /** Whatever is not harmed, by its whole name: it has to go on. */
  readonly kept: readonly string[];
}

/**
 * Every change, a number of them at once.
 *
 * @param atOnce how many at most; 1 tries each alone
 * @param from which one comes first: another place puts others together
 */
export function handChanges(place: HandChangesPlace, atOnce: number, from = 0): HandChanges[] {
  const { prefix, live, standby, image, backups, isPrepared } = place;
  const every = [...ofContainers, ...others, ...(isPrepared ? ofFirewall : [])];
  const groups: HandChange[][] = [];
  for (const change of [...every.slice(from), ...every.slice(0, from)]) {
    const fits = (group: readonly HandChange[]) => group.length < atOnce && !group.some((one) => meet(one, change));
    const group = groups.find(fits);
    if (group) group.push(change);
    else groups.push([change]);
  }
  const variables = { P: prefix, LIVE: live, STANDBY: standby, IMAGE: image, BACKUPS: backups };
  const fill = (text: string) => text.replace(/\$([A-Z]+)/g, (_, name: keyof typeof variables) => variables[name]);
  return groups.map((group) => {
    const touched = group.flatMap(({ touches, goesOn = [] }) => touches.filter((part) => !goesOn.includes(part)));
    return {
      name: group.map(({ name }) => name).join(", "),
      harm: fill(group.map(({ harm }) => harm).join("\n")),
      says: group.flatMap(({ says }) => says.map(fill)),
      kept: sorts.flatMap(({ part }) => (touched.includes(part) ? [] : [fill(`$P-${part}`)])),
    };
  });
}

/** One of them takes away what the other one changes, or leaves nobody to say it. */
const meet = (one: HandChange, other: HandChange): boolean =>
  one.touches.some((part) => other.touches.includes(part)) ||
  [one, other].some(({ touches }, index) =>
    sorts.some(({ part }) => touches.includes(part) && [other, one][index]?.harm.includes(`"$P-${part}"`)),
  );

/** How many changes are made at once: few updates in `make test`, each change alone in `make soak`. */
export const changesAtOnce = (few: number): number => (process.env.SLIPWAY_CHANGES === "alone" ? 1 : few);
