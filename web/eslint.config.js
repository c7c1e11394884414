import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

/** Who may import whom: app → features → shared → api, ui, lib. A feature's own files are `./`. */
function layer(name, forbidden, message) {
  const patterns = [{ group: [...forbidden, "../*"], message }];
  return {
    files: [`src/${name}/**`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

export default defineConfig(
  { ignores: ["src/api/schema.d.ts", "public"] },
  ts.configs.recommended,
  hooks.configs.flat["recommended-latest"],
  a11y.flatConfigs.recommended,
  {
    rules: {
      "max-lines": ["error", 250],
      "no-console": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "jsx-a11y/no-noninteractive-tabindex": "off", // what scrolls must scroll by keyboard too
      "jsx-a11y/no-autofocus": "off", // where a page has one box to type in, it has the focus
    },
  },
  layer("lib", ["@/*"], "lib knows only itself."),
  layer(
    "ui",
    ["@/app/*", "@/features/*", "@/shared/*", "@/api/*", "react-router"],
    "ui knows neither the router nor the API.",
  ),
  layer("api", ["@/app/*", "@/features/*", "@/shared/*", "@/ui/*"], "api knows only lib."),
  layer(
    "shared",
    ["@/app/*", "@/features/*"],
    "What several features show knows api, ui and lib: no feature.",
  ),
  layer(
    "features",
    ["@/app/*", "@/features/*"],
    "A feature knows itself, shared, api, ui and lib: never another feature.",
  ),
);
