/** Names of packages with their exact versions. */
type Versions = Readonly<Record<string, string>>;

/** What is read of a package.json. */
interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly license?: string;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

/**
 * The package's own package.json.
 *
 * @param clone package.json of the clone
 * @param node that of the Node which the clone runs on: a project gets the same with the package
 */
export function packageManifest(clone: Manifest, node: Manifest) {
  const { name, version, description, license, dependencies } = clone;
  return {
    name,
    version,
    description,
    license,
    type: "module",
    // Any Node that npm runs on: Slipway brings the one that it runs on itself.
    engines: { node: ">=20" },
    bin: { slipway: "bin/slipway" },
    exports: {
      ".": { types: "./deliver.d.ts", default: "./deliver.js" },
      // Named in a project's Pulumi.yaml.
      "./lean-sdk": "./toolchain/lean-sdk.js",
      "./package.json": "./package.json",
    },
    dependencies,
    optionalDependencies: node.optionalDependencies,
  };
}
