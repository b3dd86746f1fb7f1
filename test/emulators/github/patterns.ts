// Patterns of branches and tags, as Ruby's File.fnmatch with FNM_PATHNAME, which GitHub uses, reads them.

/** Whether a pattern such as `release/*` or `v*.*.*` means a branch's or tag's short name. */
export function matchesRef(pattern: string, name: string): boolean {
  return toRegExp(pattern).test(name);
}

function toRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    const set = /^\[(!|\^)?([^\]]+)\]/.exec(rest);
    if (rest.startsWith("**/")) {
      source += "(?:.*/)?";
      at += 2;
    } else if (rest.startsWith("*")) {
      source += "[^/]*";
      while (pattern[at + 1] === "*") at += 1;
    } else if (rest.startsWith("?")) {
      source += "[^/]";
    } else if (set !== null) {
      source += `[${set[1] === undefined ? "" : "^"}${(set[2] ?? "").replaceAll("\\", "\\\\")}]`;
      at += set[0].length - 1;
    } else {
      const escaped = rest.startsWith("\\") && rest.length > 1;
      source += (escaped ? (rest[1] ?? "") : (rest[0] ?? "")).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
      if (escaped) at += 1;
    }
  }
  return new RegExp(`^${source}$`);
}
