import { defaultCdSettings } from "../cd/settings.ts";

/** What differs between services whose release.yml is otherwise the same. */
export interface ReleaseSettings {
  /** Files that say the version, from the repository's top folder, without spaces in their paths. The first one decides. */
  readonly versionFiles: readonly [string, ...string[]];
  /** Whole minutes that a commit's gate is waited for. */
  readonly gateMinutes: number;
}

/** The sample service's. */
export const defaultReleaseSettings: ReleaseSettings = {
  versionFiles: ["pyproject.toml"],
  gateMinutes: defaultCdSettings.gateMinutes,
};
