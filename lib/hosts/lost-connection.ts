import { quote } from "shlex";

/** What reaching a host may take on top of a script, in seconds. */
export const connectSeconds = 20;

/** How long a host that is out of reach is waited for, in seconds: a reboot, or a network that comes back. */
const lostSeconds = 300;

/** What is done when the connection breaks off under a script, which ssh tells by code 255. */
export type WhenLost = "fail" | "try-again" | "wait";

/** A script on a host, as SSH runs it. */
export interface Attempt {
  /** The ssh command line without its first word, quoted for a shell. */
  readonly ssh: string;
  /** As messages name the host. */
  readonly host: string;
  /** Longest that the script may take, in seconds. */
  readonly timeoutSeconds: number;
}

/** Shell text that runs a script by SSH, with the same input each time, and the longest that it may take, in seconds. */
export function attempts(
  attempt: Attempt,
  whenLost: WhenLost,
): { readonly text: string; readonly limitSeconds: number } {
  const limitSeconds = attempt.timeoutSeconds + connectSeconds;
  if (whenLost === "fail") return { text: `exec ssh ${attempt.ssh}`, limitSeconds };
  if (whenLost === "try-again") return { text: onceMore(attempt), limitSeconds: 2 * limitSeconds };
  return { text: untilAnswered(attempt), limitSeconds: limitSeconds + lostSeconds };
}

/** The dot keeps line ends of the input, which the shell would drop. */
const start = ({ ssh }: Attempt) => `input=$(cat; echo .)
attempt() {
  code=0
  printf %s "\${input%.}" | ssh "$@" ${ssh} || code=$?
  [ "$code" = 255 ] || exit "$code"
}`;

/**
 * The connection is shared with other steps, and whoever ends it for one of them ends it for all, without a word. So the second attempt
 * has one of its own, in which ssh says what is wrong.
 */
const onceMore = (attempt: Attempt) => `${start(attempt)}
attempt
echo ${quote(`The connection to ${attempt.host} was lost; once more, on a fresh one`)} >&2
attempt -o ControlPath=none -o LogLevel=INFO
echo ${quote(
  `${attempt.host}: the connection was lost twice in this step, and the words of ssh are above; allowed one that lasts. Fix: look at the network and at sshd's log there (journalctl -u ssh), then pulumi up: it goes on with this step`,
)} >&2
exit 255`;

const untilAnswered = (attempt: Attempt) => `${start(attempt)}
lost=0
while :; do
  began=$(date +%s)
  attempt
  now=$(date +%s)
  # After a while of peace the count begins again.
  if [ "$lost" = 0 ] || [ "$((now - began))" -ge 60 ]; then lost=$now; fi
  left=$((lost + ${String(lostSeconds)} - now))
  if [ "$left" -le 0 ]; then
    echo ${quote(`${attempt.host} is out of reach. It finishes or goes back by itself; Fix: reach it again, then pulumi up`)} >&2
    exit 255
  fi
  echo ${quote(`${attempt.host} is out of reach; it goes on by itself. Trying again, at most`)} "$left s" >&2
  sleep 2
done`;
