/**
 * Who may import whom. The contract stands beneath everything, the figures (kpi) beneath the rooms, and a room sees of
 * another only its interface; only `main.ts` files wire implementations together. Tests may reach where they must.
 */
const notTests = '\\.(test|suite)\\.ts$';

/** A room's product files may import only what matches one of `allowed`, besides packages and Node's own modules. */
const room = (name, ...allowed) => ({
  name: `${name.replace('/', '-')}-imports`,
  severity: 'error',
  comment: `${name} may import only ${allowed.join(', ') || 'itself'}.`,
  from: { path: `^${name}/`, pathNot: [notTests, '/main\\.ts$', '/[a-z]+-main\\.ts$'] },
  to: { path: '^(?!node_modules/)[^/]+[./]', dependencyTypesNot: ['core', 'npm', 'npm-dev'], pathNot: [`^${name}/`, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one idea, or three.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-missing',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment: 'The product runs without what only its checks need.',
      from: {
        path: '^[a-z]+\\.ts$|^(contract|kpi|broker|journal|collector|store|dashboard|simulators|plants)/',
        pathNot: [notTests],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { pathNot: ['^test/', notTests] },
      to: { path: ['^test/', notTests] },
    },
    {
      name: 'contract-only-schemas',
      severity: 'error',
      comment: 'The contract imports its schema library and nothing else, so that every room and the browser can have it.',
      from: { path: '^contract/', pathNot: notTests },
      to: { pathNot: ['^contract/', '^node_modules/zod/'] },
    },
    {
      name: 'kpi-pure',
      severity: 'error',
      comment: 'The figures depend on the contract and a calendar library: no clock, no input or output.',
      from: { path: '^kpi/', pathNot: notTests },
      to: { pathNot: ['^kpi/', '^contract/', '^node_modules/temporal-'] },
    },
    {
      name: 'kpi-no-clock',
      severity: 'error',
      from: { path: '^kpi/', pathNot: notTests },
      to: { path: '^contract/(clock|bus)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-no-server',
      severity: 'error',
      comment: 'What runs in the browser imports nothing that runs on the server.',
      from: { path: '^dashboard/web/', pathNot: [notTests, '\\.config\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    room('journal', '^contract/'),
    room('broker', '^contract/', '^journal/journal\\.ts$'),
    room('collector', '^contract/', '^kpi/', '^journal/journal\\.ts$', '^store/store\\.ts$', '^store/alarmbook\\.ts$'),
    room('store', '^contract/', '^kpi/'),
    room('dashboard/server', '^contract/', '^kpi/', '^store/store\\.ts$'),
    room('dashboard/web', '^contract/'),
    room('simulators', '^contract/', '^kpi/calendar\\.ts$', '^plants/loader\\.ts$'),
    room('plants', '^contract/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^(dashboard/web/)?dist/', '^data/', '^\\.cache/', '^coverage/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['svelte', 'import', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};
