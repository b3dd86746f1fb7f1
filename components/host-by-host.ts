import * as pulumi from "@pulumi/pulumi";
import type { HostCommand, HostCommandArgs } from "./host-command.ts";
import type { Host } from "./host.ts";

/** One host's part in a release: what has to be there before traffic moves, and the move itself. */
interface Part {
  readonly host: Host;
  readonly ready: readonly pulumi.Resource[];
  /** Moves traffic back on this host; undefined when this update moves none there. */
  readonly undo: string | undefined;
  readonly promote: HostCommand;
}

/**
 * The order in which the hosts of a stack move their traffic: one by one, and only once every host is ready.
 *
 * When a host refuses the release, its own controller has already gone back; the hosts that moved before it are brought back by the same
 * step. What must never happen here: a host moves while another one can still find out that its image or its backup fails.
 */
export class HostByHost {
  /** Steps of the first host after which every host may start containers. */
  begun: readonly pulumi.Resource[] = [];
  private readonly parts: Part[] = [];
  private readonly complete = Promise.withResolvers<readonly Part[]>();
  private readonly hosts: number;

  /** @param hosts how many there are */
  constructor(hosts: number) {
    this.hosts = hosts;
  }

  /** @param make declares what the first host does for all of them; nothing comes of it for the others */
  begin<T>(make: (prepared: T) => readonly pulumi.Resource[]): { steps?: (prepared: T) => readonly pulumi.Resource[] } {
    if (this.parts.length > 0) return {};
    return { steps: (prepared) => (this.begun = make(prepared)) };
  }

  /**
   * Adds the next host.
   *
   * @param make declares the promotion, after what it gets and with what to do elsewhere when it fails
   */
  add(
    { host, ready, undo }: Omit<Part, "promote">,
    make: (order: {
      dependsOn: pulumi.Input<pulumi.Resource[]>;
      onFailure: NonNullable<HostCommandArgs["onFailure"]>;
    }) => HostCommand,
  ): HostCommand {
    const before = [...this.parts];
    const everyoneReady = this.complete.promise.then((parts) => parts.flatMap((part) => part.ready));
    const promote = make({
      dependsOn: everyoneReady.then((all) => [...all, ...before.map((part) => part.promote)]),
      onFailure: before.flatMap((part) => (part.undo === undefined ? [] : [{ host: part.host, run: part.undo }])),
    });
    this.parts.push({ host, ready, undo, promote });
    if (this.parts.length === this.hosts) this.complete.resolve(this.parts);
    return promote;
  }

  /** A preview shows what will be; an update says it only once it is true (invariant I3). */
  whenDone<T>(answered: pulumi.CustomResource, value: T): pulumi.Output<pulumi.Unwrap<T>> {
    return pulumi.runtime.isDryRun()
      ? pulumi.output(value)
      : pulumi.all([this.done, answered.id]).apply(() => pulumi.output(value));
  }

  /** Resolves when every host has moved (invariant I3). */
  private get done(): pulumi.Output<unknown> {
    return pulumi.output(this.complete.promise.then((parts) => parts.map(({ promote }) => promote.id)));
  }
}
