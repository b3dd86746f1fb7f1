// GitHub's packages import JSON without saying so, which Node refuses; `--import` this before them.
import { registerHooks } from "node:module";

registerHooks({
  load: (url, context, next) =>
    next(
      url,
      url.endsWith(".json") ? { ...context, importAttributes: { ...context.importAttributes, type: "json" } } : context,
    ),
});
