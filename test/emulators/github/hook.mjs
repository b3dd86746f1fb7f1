// git's update hook: asks the emulator, which holds the rules, whether one reference may move.
const [ref, from, to] = process.argv.slice(2);
const answer = await fetch(process.env.GITHUB_HOOK, { method: "POST", body: JSON.stringify({ ref, from, to }) });
const refusal = await answer.text();
if (refusal !== "") process.stderr.write(refusal);
process.exitCode = refusal === "" ? 0 : 1;
