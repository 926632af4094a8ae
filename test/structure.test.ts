/**
 * House rules that neither the linter nor the import rules can say: names, opening comments, what lies where, what the
 * lock file holds. Comes in: every file of the checkout as text. Each test names the files that break its rule.
 */
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { sourceFiles, textOf } from './sources.ts';

const files = sourceFiles();
const code = files.filter((path) => /\.(ts|js|cjs|svelte)$/.test(path));
const web = code.filter((path) => path.startsWith('dashboard/web/'));
// This file has to spell out what it looks for.
const here = 'test/structure.test.ts';
const others = files.filter((path) => path !== here && path !== 'package-lock.json' && !/\.(png|svg|woff2?)$/.test(path));

/** Those of the paths whose text matches, with the match. */
function matching(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) => {
    const found = pattern.exec(textOf(path));
    return found ? [`${path}: ${found[0].trim()}`] : [];
  });
}

test('every top-level entry is known', () => {
  const folders = 'broker collector contract dashboard docs equipment grafana journal kpi plants simulators store test .ci';
  const pages = 'README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md SECURITY.md LICENSE';
  const product =
    'main.ts product.ts backup.ts bridge.ts control.ts datafolder.ts demo.ts lifecycle.ts past.ts past.test.ts presence.ts wiring.ts recorder.js recorder.ts restore.ts settings.ts settings.test.ts setup.js start.js test.js';
  const tools = 'package.json package-lock.json tsconfig.json eslint.config.js vitest.config.ts knip.json Dockerfile docker-compose.yml';
  const hidden = '.dependency-cruiser.cjs .prettierrc .prettierignore .gitignore .dockerignore .npmrc';
  const known = [folders, pages, product, tools, hidden].join(' ').split(' ');
  const top = new Set(files.map((path) => path.split('/')[0] ?? path));
  expect([...top].filter((name) => !known.includes(name))).toEqual([]);
});

test('every file of code opens with sentences on what it is: two or more, or one for a component or a test', () => {
  const opening = /^(?:\/\*\*(?<block>[\s\S]*?)\*\/|<!--(?<markup>[\s\S]*?)-->)/;
  const wrong = code.filter((path) => {
    const groups = opening.exec(textOf(path))?.groups;
    const text = groups?.block ?? groups?.markup ?? '';
    const sentences = text.match(/[.!?](?=\s|$)/g)?.length ?? 0;
    return sentences < (/\.svelte$|\.(test|suite|d)\.ts$/.test(path) ? 1 : 2) || text.split('\n').length > 14;
  });
  expect(wrong).toEqual([]);
});

test('files are named by nouns in lower case, components in PascalCase', () => {
  const wrong = code.filter((path) => {
    const name = basename(path);
    return path.endsWith('.svelte') ? !/^[A-Z][A-Za-z]*\.svelte$/.test(name) : !/^\.?[a-z][a-z0-9-]*(\.[a-z]+)*\.(ts|js|cjs)$/.test(name);
  });
  expect(wrong).toEqual([]);
});

test('no file or folder is named for holding whatever is left over', () => {
  expect(files.filter((path) => /(^|[/.-])(utils?|helpers?|managers?|services?|common|misc|lib)([/.-]|$)/i.test(path))).toEqual([]);
});

test('runes live in .svelte and .svelte.ts files, and every .svelte.ts has one', () => {
  const rune = /\$(state|derived|effect|props)\b/;
  const plain = web.filter((path) => path.endsWith('.ts') && !path.includes('.svelte.'));
  expect(matching(plain, rune)).toEqual([]);
  const reactive = web.filter((path) => path.endsWith('.svelte.ts'));
  expect(reactive.filter((path) => !rune.test(textOf(path)))).toEqual([]);
});

test('colours are named once, in the tokens', () => {
  const painted = web.concat(files.filter((path) => path.endsWith('.css'))).filter((path) => !path.endsWith('/tokens.css'));
  expect(matching(painted, /(?<![\w&'"/(])#[0-9a-f]{3}([0-9a-f]{3}([0-9a-f]{2})?)?\b(?=[;, )])/i)).toEqual([]);
});

test('no module keeps changeable state of its own', () => {
  const modules = code.filter((path) => path.endsWith('.ts') && !path.endsWith('.svelte.ts') && !/^test\/|\.(test|suite)\.ts$/.test(path));
  expect(matching(modules, /^(export )?let .*/m)).toEqual([]);
});

test('no barrels: a file never re-exports the whole of another', () => {
  expect(matching(code, /^export \* from.*/m)).toEqual([]);
});

test('nothing is put off, silenced or left out', () => {
  expect(matching(others, /\b(TODO|FIXME|XXX|HACK)\b.*/)).toEqual([]);
  const silencers = /@ts-(ignore|expect-error|nocheck)|eslint-disable|prettier-ignore/;
  expect(
    matching(
      code.filter((path) => path !== here),
      silencers,
    ),
  ).toEqual([]);
  const tests = code.filter((path) => path.endsWith('.test.ts') || path.endsWith('.suite.ts'));
  expect(matching(tests, /\b(it|test|describe|suite)\.(skip|only|todo|fails)\(.*/)).toEqual([]);
});

test('tests wait for what happens, never for time to pass', () => {
  const tests = others.filter((path) => /\.(test|suite)\.ts$/.test(path));
  expect(matching(tests, /setTimeout\(\s*\(?(resolve|done|r)\b.*|timers\/promises/)).toEqual([]);
});

test('code and docs name no path of the machine they were written on', () => {
  expect(matching(others, /(?<![\w.~-])\/(work|home|Users|root)\/\S*/)).toEqual([]);
});

test('versions are exact, and the lock file names no host to fetch from', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(matching(['package-lock.json'], /"resolved".*/)).toEqual([]);
  expect(matching([...others, 'package-lock.json'], /\bregistry\.[a-z].*/)).toEqual([]);
});
