import { changesSeconds } from "../databases/backup-scripts.ts";
import { removalSeconds } from "../images/old-images.ts";

/**
 * Asks for the promotion once the controller is there: after a reboot, Docker takes a moment to bring it back. When the engine went away
 * meanwhile, the answer is that of a lost connection, as the engine's own would look like the controller's no. Last it is said what of the
 * databases did not go back with the traffic.
 *
 * @param controller its container
 * @param ask shell text that has it promote
 */
export const promotion = (controller: string, ask: string) => `
timeout 120 sh -c 'until [ "$(docker inspect --format "{{.State.Running}}" ${controller} 2> /dev/null)" = true ]; do sleep 0.5; done'
code=0
echo "from here on the host carries on alone: Ctrl-C ends only this update, slipway rollout abort ends the rollout"
${ask} || {
  code=$?
  sleep 1
  timeout 10 docker exec ${controller} true 2> /dev/null || exit 255
}
timeout ${String(changesSeconds)} sh -uc "$CHANGES" < /dev/null || true
[ "$code" != 0 ] || timeout ${String(removalSeconds)} sh -uc "$IMAGES" < /dev/null || true
exit "$code"
`;
