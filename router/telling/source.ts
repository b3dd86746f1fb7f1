/** What an image says that it was made from, by its labels `org.opencontainers.image.revision` and `.authors`; each one line. */
export interface Source {
  readonly commit: string | null;
  readonly author: string | null;
  /** Where a browser shows what changed since the release before; missing where the images do not tell. */
  readonly compare?: string;
}

/** What the labels of images say, as somebody found them: any text. */
export interface Labels {
  readonly commit?: string | undefined;
  readonly author?: string | undefined;
  /** Where its source lies: `org.opencontainers.image.source`. */
  readonly repository?: string | undefined;
  /** The commit of what is live. */
  readonly before?: string | undefined;
}

const revision = /^[0-9a-f]{7,64}$/;
/** Of a place for people, and nothing else: no login, no query, no other scheme. */
const repositoryUrl = /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[\w.~-]+)+$/;

/** Where a browser shows what changed between two commits: as GitHub, GitLab, Gitea and their like have it; undefined where no link can be made. */
export function compareLink({ commit = "", repository = "", before = "" }: Omit<Labels, "author">): string | undefined {
  const place = repository
    .trim()
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
  const [from, to] = [before.trim(), commit.trim()];
  const isKnown = revision.test(from) && revision.test(to) && from !== to;
  return isKnown && place.length <= 200 && repositoryUrl.test(place) ? `${place}/compare/${from}...${to}` : undefined;
}

/** Any text as one line of at most 200 characters; null where nothing is left of it. */
export const oneLine = (text = ""): string | null =>
  text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 200) || null;

/** A label may be any text: none keeps a release back. */
export function sourceOf(labels: Labels): Source {
  const compare = compareLink(labels);
  return {
    commit: oneLine(labels.commit),
    author: oneLine(labels.author),
    ...(compare === undefined ? {} : { compare }),
  };
}

/** `commit 0123abcd… by Ada, https://…`; empty where the image does not tell. */
export const describeSource = ({ source }: { readonly source?: Source | null | undefined }): string => {
  const commit = source?.commit ? [`commit ${source.commit}`] : [];
  const author = source?.author ? [`by ${source.author}`] : [];
  const made = [...commit, ...author].join(" ");
  return source?.compare === undefined ? made : `${made}, ${source.compare}`;
};

/** What {@link compareLink} makes. */
export const compareUrl = /^https:\/\/[\w.~:/-]{1,300}\/compare\/[0-9a-f]{7,64}\.\.\.[0-9a-f]{7,64}$/;
