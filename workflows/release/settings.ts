import { defaultCdSettings } from "../cd/settings.ts";

/** What differs between services whose release.yml is otherwise the same. */
export interface ReleaseSettings {
  /** Files that say the version, from the repository's top folder, without spaces in their paths. The first one decides. */
  readonly versionFiles: readonly [string, ...string[]];
  /** Whole minutes that a commit's gate is waited for. */
  readonly gateMinutes: number;
  /** Whether releases come from develop, and go back there. Otherwise main is all there is. */
  readonly develop: boolean;
  /** What is released beside the source: a package, a list of what is in it. @default nothing */
  readonly files?: ReleasedFiles;
}

/** Files that a job makes which holds neither a secret nor a token that may write. They are attested and have their checksums. */
export interface ReleasedFiles {
  /** Shell text, run in the repository's top folder with `VERSION`. */
  readonly command: string;
  /** Where it leaves them, and nothing else. */
  readonly folder: string;
  /** Whole minutes that it may take. */
  readonly minutes: number;
}

/** The sample service's. */
export const defaultReleaseSettings: ReleaseSettings = {
  versionFiles: ["pyproject.toml"],
  gateMinutes: defaultCdSettings.gateMinutes,
  develop: true,
};
