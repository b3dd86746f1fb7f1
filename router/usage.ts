/** What the controller's command line answers to words that are none of it. */
export const usage = `usage: slipway-router <command>
  ledger             what each slot holds, as one JSON line
  status [--json]    the same for people, with the proxy's weights
  hold               stdin {"by","silenceMs"}, then a line now and then: print the ledger, keep other deploys off until stdin ends
  guard              stdin {"slot","release","rollout"}: wait until the standby is drained, put it away
  promote            stdin {"slot","release","rollout","holds","by"?,"backup"?}: move the traffic, wait for the verdict; --commit and
                     --author, --repository: what the image says that it was made from; --before: live's commit
  refuse             the same, and --reason: record it as rejected, as what goes before its rollout did not end well
  guard-proxy        stdin {"place","id"}: whether the proxy in that place may be replaced
  switch-proxy       stdin {"place","id"}: let the proxy in that place take over, without a refused connection
  front <command>    keep, guard, switch, look or tell: for a front and those behind it, on stdin (front-command.ts)
  keep-certificate   stdin chain and key in PEM form: keep them, and give them to the proxy without losing a connection
  keep-secrets <uid> stdin {"<name>":"<content>"}: make the volume hold exactly these secret files of that user
  tend-certificate   look at the certificate that this host keeps: renew it if it is due, give it to the proxy
  certificates       do that for ever
  await-loaded       <seconds>: wait until the proxy runs what was written for it
  await-answer       stdin {"slot","release","seconds","steadySeconds"}: wait until that release answers whoever asks the service
  await-certificate  stdin {"source","fingerprint"}: wait until the proxy serves that certificate
  rollouts [--json]  the records of the last rollouts, newest first
  digest             one short entry for each rollout that is over, ever, as JSON
  record <number>    everything about one rollout, as JSON
  watch              show the running rollout from its first line to its verdict
  pause, resume      hold the running rollout at its share; it is judged all the same
  promote-now        skip what is left of its pauses and steps; the watch remains
  abort              end it: traffic back to the old slot; the release is withdrawn
  rollback           traffic back to the standby, or end the running rollout; the release that it leaves is withdrawn;
                     --to <release>: only if it leads there
  allow <release>    let updates bring a release again that was withdrawn
  test-notices       send every channel a test notice; what each receiver answered, as JSON
  lock               keep updates off this host, with --until <time> for so long only; ways back are never locked; --wait <seconds>: an update
                     waits for its end so long, instead of being refused
  unlock             let them in again
  rest <replica> <seconds>  take blue-1, say, of live out of the proxy: drained, it may be restarted, and comes back after so long at most
  back <replica>     bring it back once it is healthy
  close              503 for everybody but testers: --pass <SHA-256 of what they pass with, upper-case hex>; --page: stdin the HTML that users see
  open               open again
  restored           say that the databases were put back, for the record
  backed-up          say that a backup was made by hand, for the record
  saved <backup|copy> <backup>  stdin why there is none, nothing if it is there: say what became of it, for the figures
  roles-ran          stdin lines of the host's clock: say what became of roles that run by it
  restart-role       ask whether a role of live may be restarted just now, for the record
  ran                say that a command was run in the service's place, for the record
                     each of these takes --by <who> and --reason <why>
  undo <rollout>     traffic back to the standby if that rollout is the last thing that happened here; withdraws nothing
  left-behind        what the last rollout went back from and its backup: "<rollout> <rollout that brought it> <file>", a line each
  note <rollout>     stdin lines about the databases after that rollout, for its record
  ping               exit 0 if the controller and the proxy answer
  daemon             run the controller`;
