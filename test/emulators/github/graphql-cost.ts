// What a GraphQL query costs and how large it may be. Source: docs.github.com, "Rate limits and query limits for the GraphQL API".
import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from "graphql";
import { Kind } from "graphql";

/** Nodes that one query may ask for. */
export const mostNodes = 500_000;

export interface Cost {
  /** Each hundred requests that GitHub would need for the connections is one; the least is 1. */
  points: number;
  /** The largest number of nodes that it may answer. */
  nodes: number;
  /** Connections without `first` or `last` between 1 and 100. */
  unbounded: string[];
}

/** Connections are found by their selection: `nodes`, `edges` or `pageInfo`. */
const connectionParts = new Set(["nodes", "edges", "pageInfo"]);

export function costOf(document: DocumentNode, variables: Readonly<Record<string, unknown>>): Cost {
  const fragments = new Map(
    document.definitions.flatMap((one): [string, FragmentDefinitionNode][] =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  );
  const cost = { requests: 0, nodes: 0, unbounded: [] as string[] };
  for (const one of document.definitions) if (one.kind === Kind.OPERATION_DEFINITION) walk(one.selectionSet, 1);
  return { points: Math.max(1, Math.round(cost.requests / 100)), nodes: cost.nodes, unbounded: cost.unbounded };

  function fieldsOf(set: SelectionSetNode): FieldNode[] {
    return set.selections.flatMap((one): FieldNode[] => {
      if (one.kind === Kind.FIELD) return [one];
      if (one.kind === Kind.INLINE_FRAGMENT) return fieldsOf(one.selectionSet);
      const fragment = fragments.get(one.name.value);
      return fragment === undefined ? [] : fieldsOf(fragment.selectionSet);
    });
  }

  function walk(set: SelectionSetNode, times: number): void {
    for (const field of fieldsOf(set)) {
      if (field.selectionSet === undefined) continue;
      const isConnection = fieldsOf(field.selectionSet).some(({ name }) => connectionParts.has(name.value));
      if (!isConnection) {
        walk(field.selectionSet, times);
        continue;
      }
      const size = sizeOf(field);
      if (size === undefined) cost.unbounded.push(field.name.value);
      cost.requests += times;
      cost.nodes += times * (size ?? 100);
      walk(field.selectionSet, times * (size ?? 100));
    }
  }

  function sizeOf({ arguments: given = [] }: FieldNode): number | undefined {
    const value = given.find(({ name }) => name.value === "first" || name.value === "last")?.value;
    const size =
      value?.kind === Kind.INT
        ? Number(value.value)
        : value?.kind === Kind.VARIABLE
          ? Number(variables[value.name.value])
          : 0;
    return size >= 1 && size <= 100 ? size : undefined;
  }
}
