/** A ruleset as GitHub's REST API tells it, as far as it goes here. */
export interface ApiRuleset {
  readonly name: string;
  readonly target?: string;
  readonly enforcement: string;
  /** Left out for those who may not see it. */
  readonly bypass_actors?: readonly ApiBypassActor[];
  readonly conditions?: { readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] } } | null;
  readonly rules?: readonly { readonly type: string; readonly parameters?: unknown }[];
}

/** Who may pass a ruleset. */
export interface ApiBypassActor {
  readonly actor_id?: number | null;
  readonly actor_type: string;
  readonly bypass_mode?: string;
}
