// The runner of packs puts its own compiler before .ts files that it loads itself; those that this one imports, Node reads.
import "./pack.ts";
