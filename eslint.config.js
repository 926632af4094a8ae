/**
 * The house rules that a linter can say, as errors only: strict types, no stray time or environment, small functions.
 * Rules that need more than one file at a time live in .dependency-cruiser.cjs and test/structure.test.ts.
 */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const tests = ['**/*.test.ts', 'test/**/*.ts', '**/*.suite.ts'];

const noEnum = { selector: 'TSEnumDeclaration', message: 'No enums: use a const array and a union type.' };
const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'No default exports: name what you export.' };
const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only settings.ts reads the environment; everything else is handed its settings.',
};
const noTime = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Only contract/clock.ts reads the time: take a Clock.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Only contract/clock.ts reads the time: take a Clock.' },
  {
    selector: "MemberExpression[object.name='performance'][property.name='now']",
    message: 'Only contract/clock.ts reads the time: take a Clock.',
  },
  {
    selector: "MemberExpression[object.name='Temporal'][property.name='Now']",
    message: 'Only contract/clock.ts reads the time: take a Clock.',
  },
  { selector: 'CallExpression[callee.name=/^set(Timeout|Interval)$/]', message: 'Only contract/clock.ts sets timers: take a Clock.' },
  {
    selector: "CallExpression[callee.object.name='globalThis'][callee.property.name=/^set(Timeout|Interval)$/]",
    message: 'Only contract/clock.ts sets timers: take a Clock.',
  },
];
const syntax = (...rules) => ({ 'no-restricted-syntax': ['error', ...rules] });
const sizes = (file, body) => ({
  'max-lines': ['error', { max: file }],
  'max-lines-per-function': ['error', { max: body, skipBlankLines: true, skipComments: true }],
});

export default ts.config(
  { ignores: ['node_modules/', '**/dist/', 'data/', '.cache/', 'coverage/'] },
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'no-param-reassign': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      ...syntax(noEnum, noDefaultExport, noEnvironment, ...noTime),
      ...sizes(320, 80),
    },
  },
  { files: ['contract/clock.ts'], rules: syntax(noEnum, noDefaultExport, noEnvironment) },
  { files: ['settings.ts'], rules: syntax(noEnum, noDefaultExport, ...noTime) },
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, projectService: true, extraFileExtensions: ['.svelte'] } },
  },
  {
    files: ['dashboard/web/**/*.ts', 'dashboard/web/**/*.svelte'],
    languageOptions: { globals: globals.browser },
    rules: syntax(noEnum, noDefaultExport, noEnvironment),
  },
  {
    files: ['**/*.svelte'],
    rules: { ...sizes(220, 80), 'no-useless-assignment': 'off', 'prefer-const': 'off', 'svelte/prefer-const': 'error' },
  },
  {
    files: tests,
    rules: {
      ...syntax(noEnum, noDefaultExport),
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': 'off',
      'no-console': 'off',
    },
  },
  { files: ['**/*.config.ts'], rules: syntax(noEnum, noTime[0]) },
  {
    files: ['**/*.js', '**/*.cjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
    rules: { eqeqeq: 'error', ...sizes(320, 80) },
  },
);
