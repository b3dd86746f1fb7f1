/**
 * Preloaded by every run of the program (`nodeargs` in Pulumi.yaml): what the SDK loads at its start, and only the serialization of functions
 * uses, is loaded when it is first asked for. No stack of Slipway serializes a function. It was a third of a small program's time, and
 * two thirds of its modules.
 */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** What stands in the place of a module until somebody uses it, as source text. */
const lazily: Readonly<Record<string, (real: string) => string>> = {
  "@npmcli/arborist": (real) =>
    `module.exports = { __esModule: true, get Arborist() { return require(${real}).Arborist; } };`,
  typescript: (real) => `module.exports = new Proxy({}, { get: (_, name) => require(${real})[name] });`,
};

const sources = new Map<string, string>();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const source = Object.hasOwn(lazily, specifier) ? lazily[specifier] : undefined;
    if (!source) return found;
    const url = `${found.url}.lazily`;
    sources.set(url, source(JSON.stringify(fileURLToPath(found.url))));
    return { url, format: "commonjs", shortCircuit: true };
  },
  load(url, context, next) {
    const source = sources.get(url);
    return source === undefined ? next(url, context) : { source, format: "commonjs", shortCircuit: true };
  },
});
