import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", ".package/", ".pulumi-state/", "coverage/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "@pulumi": pulumi },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-console": "error",
    },
  },
  {
    // A longer file holds more than one thing. Tests are exempt: theirs are lists of cases.
    files: ["**/*.ts"],
    ignores: ["test/**", "bench/**"],
    rules: { "max-lines": ["error", 400] },
  },
  { files: ["components/**/*.ts"], rules: { "max-lines": ["error", 200] } },
  { files: ["index.ts", "deliver.ts"], rules: { "max-lines": ["error", 80] } },
  {
    // Command lines and benchmarks speak to a person on stdout.
    files: ["bin/**", "toolchain/**", "packaging/**", "bench/**", "router/cli.ts"],
    rules: { "no-console": "off" },
  },
);
