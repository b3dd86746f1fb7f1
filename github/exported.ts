/** The part of `pulumi stack export` that matters here. */
export interface Exported {
  readonly deployment: { readonly resources?: readonly ExportedResource[] };
}

/** One resource of a state. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  /** URN and id of its provider, with `::` between them. */
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}
