import { readFileSync } from "node:fs";
import { changesSeconds } from "../databases/backup-scripts.ts";
import { removalSeconds } from "../images/old-images.ts";
import { longestRoles } from "./roles.ts";
import type { ReleasesSettings } from "./schema.ts";

/** Shell text that runs beside a promotion, until it finds something to tell. POSIX; variables are described in the file. */
export const endedScript = readFileSync(new URL("ended-containers.sh", import.meta.url), "utf8");

/**
 * Asks for the promotion once the controller is there: after a reboot, Docker takes a moment to bring it back. Meanwhile it is said at once
 * when a new container ends, or when somebody pauses the controller, which answers nobody then. When the engine went away, the answer is
 * that of a lost connection, as the engine's own would look like the controller's no; of a controller that somebody removed it is said. Last it is said what of the databases did not go back with the traffic.
 *
 * @param controller its container
 * @param ask shell text that has it promote
 * @param limitSeconds when this text is ended from outside
 * @param roles shell texts that go before, with the same input and arguments as `ask`, and that end it however it went. @default there are none
 */
export const promotion = (
  controller: string,
  ask: string,
  limitSeconds: number,
  roles?: { readonly begin: string; readonly align: string },
) => `
timeout 120 sh -c 'until [ "$(docker inspect --format "{{.State.Running}}" ${controller} 2> /dev/null)" = true ]; do sleep 0.5; done'
# What the image says that it was made from, as its container shows too.
label() { # <slot> <label>
  docker inspect --type container --format "{{index .Config.Labels \\"org.opencontainers.image.$2\\"}}" "${controller.replace(/-controller$/, "")}-$1-1" 2> /dev/null < /dev/null |
    tr -d '[:cntrl:]' | cut -c 1-200
}
set --
commit=$(label "$SLOT" revision)
[ -z "$commit" ] || set -- "$@" "--commit=$commit"
author=$(label "$SLOT" authors)
[ -z "$author" ] || set -- "$@" "--author=$author"
repository=$(label "$SLOT" source)
case $SLOT in blue) other=green ;; *) other=blue ;; esac
before=$(label "$other" revision)
[ -z "$commit" ] || [ -z "$repository" ] || [ -z "$before" ] || set -- "$@" "--repository=$repository" "--before=$before"
${roles?.begin ?? ""}
# Who ends it at its limit began to count a moment before.
began=$(($(date +%s) - 2))
why() { if [ $(($(date +%s) - began)) -lt ${String(limitSeconds)} ]; then echo "was interrupted"; else echo "has waited its ${String(limitSeconds)} s"; fi; }
# The host may not have been asked yet.
goes_on() {
  for look in 1 2 3; do
    ! timeout 5 docker exec ${controller} slipway-router ledger 2> /dev/null < /dev/null | tr -d ' \\n' | grep -q '"running":{' || return 0
    sleep 0.3
  done
  return 1
}
where() {
  if goes_on; then
    echo "the rollout goes on on the host. Fix: slipway status says where it is, slipway rollout abort ends it"
  else
    echo "no rollout runs on the host. Fix: slipway status says what is live, pulumi up goes on"
  fi
}
trap 'echo "this update $(why): $(where)" >&2; exit 124' TERM
{
  ended='' paused=''
  while kill -0 $$ 2> /dev/null; do
    [ -n "$ended" ] || ! sh -uc "$ENDED" || ended=told
    if [ -z "$paused" ] && [ "$(docker inspect --format "{{.State.Paused}}" ${controller} 2> /dev/null)" = true ]; then
      echo "the rollout controller is paused, and nothing goes on without it. Fix: docker unpause ${controller}"
      paused=told
    fi
    sleep 1
  done
} < /dev/null &
watch=$!
code=0
echo "from here on the host carries on alone: Ctrl-C ends only this update, slipway rollout abort ends the rollout"
${ask} "$@" || {
  code=$?
  sleep 1
  if ! timeout 10 docker exec ${controller} true 2> /dev/null; then
    there=$(timeout 10 docker ps --all --quiet --filter "name=^/${controller}$" 2> /dev/null) || exit 255
    [ -z "$there" ] || exit 255
    echo "the rollout controller was removed meanwhile; traffic stays where it is. Fix: pulumi up makes it anew, and it carries the rollout on" >&2
    exit 1
  fi
}
kill "$watch" 2> /dev/null || true
${roles ? `${roles.align} < /dev/null || true` : ""}
timeout ${String(changesSeconds)} sh -uc "$CHANGES" < /dev/null || true
[ "$code" != 0 ] || timeout ${String(removalSeconds)} sh -uc "$IMAGES" < /dev/null || true
exit "$code"
`;

/**
 * Longest that a rollout may take that nobody pauses, in seconds; the controller keeps to it, this is for a host that hangs.
 *
 * @param widest replicas of the wider slot
 */
export function longestRollout(settings: ReleasesSettings, widest: number): number {
  const { health, strategy, profile, verdict, container, roles } = settings;
  const { previewSeconds, steps, pauseSeconds, watchSeconds } = profile;
  const { count, gate } =
    strategy === "rolling" ? { count: widest, gate: health.gateSeconds } : { count: steps.length, gate: 0 };
  // An unclear sample may hold a step for 10 s and the watch for 30 s; the way back waits for the old slot's health.
  const moving = previewSeconds + count * (pauseSeconds + gate + 10) + watchSeconds + 30;
  const beside = longestRoles({ health, container, roles });
  return 2 * health.gateSeconds + moving + verdict.sharedSeconds + changesSeconds + removalSeconds + beside + 60;
}
