/**
 * Two kinds of test. `unit`: beside the code, fast, many files at once. `system`: whole processes, real sockets and a
 * real browser under test/ or faults beside the code, two files at a time.
 */
import { defineConfig } from 'vitest/config';

const beside = ['contract', 'kpi', 'broker', 'journal', 'collector', 'store', 'dashboard', 'simulators', 'plants'].map(
  (room) => `${room}/**/*.test.ts`,
);

// These fill disks and kill processes.
const faults = '**/*.faults.test.ts';
// These read the checkout as text: quick, though they lie in test/.
const texts = ['test/structure.test.ts', 'test/docs.test.ts'];

// These stand beside the code and start nothing, but each takes longer than the fast part has for all.
const long = [
  'collector/pipeline.test.ts',
  'dashboard/server/watching.test.ts',
  'journal/level.test.ts',
  'store/duckdb.test.ts',
  'store/history.test.ts',
];

export default defineConfig({
  test: {
    teardownTimeout: 20_000,
    // Left alone, vitest keeps one processor free.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['*.test.ts', ...beside, ...texts],
          exclude: [faults, ...long],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', ...long, ...beside.map((files) => files.replace('*.test.ts', '*.faults.test.ts'))],
          exclude: texts,
          // Two products at once leave each other room on two processors; more would not, and times would mean nothing.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
