// What `make lint` asks of the JavaScript of widgets, pages and tests, from the root of
// the repository: eslint --config tools/js/eslint.config.js .

import js from "@eslint/js";
import stylistic from "@stylistic/eslint-plugin";
import globals from "globals";

export default [
  { ignores: ["_build/", ".venv*/", "**/node_modules/"] },
  js.configs.recommended,
  {
    plugins: { stylistic },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      // What widgets/modules.py does not join, and what takes text for code.
      "no-restricted-syntax": ["error", "ImportExpression", "MetaProperty", "ExportAllDeclaration"],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "stylistic/max-len": ["error", { code: 100 }],
      "stylistic/semi": "error",
      "stylistic/quotes": ["error", "double", { avoidEscape: true }],
      "stylistic/no-trailing-spaces": "error",
      "stylistic/comma-dangle": ["error", "always-multiline"],
    },
  },
  {
    files: ["ssd_lib/**/*.js", "tools/js/whole_book.js"],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["book/_static/*.js"],
    languageOptions: {
      globals: { ...globals.browser, Stemmer: "readonly", stopwords: "readonly" },
      sourceType: "script",
    },
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: ["tests/js/*.js", "tools/js/run_*.js"],
    languageOptions: { globals: { ...globals.node, document: "readonly" } },
    rules: { "no-restricted-syntax": "off" },
  },
];
