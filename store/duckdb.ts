/**
 * The embedded store: one DuckDB file, for one process at a time.
 * Comes in: what the collector writes. Goes out: what history asks for. Readings lie in one wide table a kind of
 * equipment, in order of arrival while an hour is under way and sorted by line and time afterwards; docs/store.md
 * says why. Each part of it is a file in duckdb/; here they are only put together.
 */
import { EmbeddedFile, type DuckdbOptions } from './duckdb/file.ts';
import type { AlarmBook } from './alarmbook.ts';
import type { Store } from './store.ts';

/**
 * Opens the store in `folder`, or begins one. Throws where the file was written by a newer version, is damaged, or is
 * open elsewhere. A disk that was full for a while, or any other fault after which DuckDB takes no more, costs the calls
 * made meanwhile; the next call opens the file again.
 */
export async function openDuckdbStore(options: DuckdbOptions): Promise<Store> {
  const file = await EmbeddedFile.open(options);
  return {
    kind: 'duckdb',
    cursor: () => file.use(({ intake }) => intake.cursor),
    write: (batch) => file.use(({ intake }) => intake.write(batch)),
    writeDerived: (patches) => file.use(({ derived }) => derived.write(patches)),
    known: (keys) => file.use(({ readings }) => readings.known(keys)),
    heads: () => file.use(({ readings }) => readings.heads()),
    dirty: () => file.use(({ dirty }) => dirty.all()),
    undeclaredMetrics: () => file.use(({ lines }) => lines.undeclared()),
    reclassifications: (lines, from, to) => file.use(({ reclassifications }) => reclassifications.of(lines, from, to)),
    readings: (query) => file.stream(({ readings }) => readings.stream(query)),
    checkpoint: (line, at) => file.use(({ figures }) => figures.checkpoint(line, at)),
    lastCheckpoints: () => file.use(({ figures }) => figures.lastCheckpoints()),
    checkpoints: (line, from, to) => file.use(({ figures }) => figures.checkpoints(line, from, to)),
    minutes: (lines, from, to) => file.use(({ figures }) => figures.minutes(lines, from, to)),
    sums: (lines, from, to) => file.use(({ totals }) => totals.sums(lines, from, to)),
    totals: (groups, slices, part = 'all') => file.use(({ totals }) => totals.of(groups, slices, part)),
    contexts: (line, from, to) => file.use(({ figures }) => figures.contexts(line, from, to)),
    series: (line, metric, from, to, points) => file.use(({ readings }) => readings.series(line, metric, from, to, points)),
    edition: (line) => file.use(({ batches }) => batches.editions.of(line)),
    saveBatch: (record, edition) => file.use(({ batches }) => batches.save(record, edition)),
    savedBatches: (line) => file.use(({ batches }) => batches.of(line)),
    rejections: (line, limit) => file.use(({ intake }) => intake.rejections(line, limit)),
    maintain: (now) =>
      file.use(async ({ upkeep, alarms }) => {
        await upkeep.run(now);
        await alarms.maintain(now);
      }),
    size: () => file.use(async ({ database, readings }) => ({ sizeBytes: await database.sizeBytes(), readings: readings.count() })),
    copy: (folder) => file.use(({ database }) => database.copy(folder)),
    alarms: alarmBookOf(file),
    close: () => file.close(),
  };
}

function alarmBookOf(file: EmbeddedFile): AlarmBook {
  return {
    snapshot: () => file.use(({ alarms }) => alarms.snapshot()),
    enter: (entry) => file.use(({ alarms }) => alarms.enter(entry)),
    record: (id) => file.use(({ alarms }) => alarms.record(id)),
    records: (query) => file.use(({ alarms }) => alarms.records(query)),
    incidents: (from, to) => file.use(({ alarms }) => alarms.incidents(from, to)),
    incident: (id) => file.use(({ alarms }) => alarms.incident(id)),
    steps: (alarm) => file.use(({ alarms }) => alarms.steps(alarm)),
    overrides: (limit) => file.use(({ alarms }) => alarms.overrides(limit)),
    announcements: (from, to) => file.use(({ alarms }) => alarms.announcements(from, to)),
    saveDeliveries: (deliveries) => file.use(({ alarms }) => alarms.saveDeliveries(deliveries)),
    deliveries: (from) => file.use(({ alarms }) => alarms.deliveries(from)),
    deliveriesOf: (query) => file.use(({ alarms }) => alarms.deliveriesOf(query)),
  };
}
