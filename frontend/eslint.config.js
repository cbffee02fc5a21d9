import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/**
 * The layers: app → pages → player, api, ui → text; embed → player, api, ui, text; only api touches
 * generated code.
 * Each folder may import from the folders listed here, and from itself.
 */
const layers = {
  gen: [],
  text: [],
  api: ['gen', 'text'],
  ui: ['text'],
  player: ['ui', 'text'],
  pages: ['player', 'api', 'ui', 'text'],
  app: ['pages', 'player', 'api', 'ui', 'text', 'styles'],
  embed: ['player', 'api', 'ui', 'text', 'styles'],
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => {
  const forbidden = [...Object.keys(layers), 'styles'].filter(
    (other) => other !== layer && !allowed.includes(other),
  );
  return {
    files: [`src/${layer}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
              message: `${layer} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other layer'}.`,
            },
            ...(layer === 'api'
              ? []
              : [
                  {
                    group: ['@connectrpc/*', '@bufbuild/*', 'tus-js-client'],
                    message: 'Only api speaks to the services.',
                  },
                ]),
          ],
        },
      ],
    },
  };
});

export default defineConfig(
  globalIgnores(['dist/', 'src/gen/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs.recommended,
  svelte.configs.prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: [
            'eslint.config.js',
            'svelte.config.js',
            'vite.config.ts',
            'tools/*.mjs',
            'public/*.js',
          ],
        },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Reading a signal is how an effect depends on it, and says so with void.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Links are plain paths: the router is our own, not SvelteKit's.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['src/**'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
  },
  {
    // ESLint does not know the types of markup and of components; svelte-check does, and is strict.
    files: ['**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['*.js', '*.ts', 'tools/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['public/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.serviceworker },
  },
  ...layerRules,
);
