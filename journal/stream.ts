/**
 * The journal's blocks in a Redis Stream, one entry a block, and beside it the marks: what must hold with the entries at once.
 * Comes in: blocks and positions. Goes out: the same blocks, or faults as rejections; whoever calls decides on trying again.
 * Every change is one script, and so one transaction of Redis's file: all of it or nothing. Never judges what is in a block.
 */
import { isBlock, placeBlock, type Block } from './codec.ts';
import type { Connection } from './connection.ts';
import type { Position } from './journal.ts';

/*
 * bobbin:journal:<partition>           the stream. An entry's id is <first position + 1>-0, for a stream has no entry 0-0.
 *                                      count: records · size: bytes of the block · before: bytes of all blocks before it · block
 *                                      · was: where the block says it starts, if it has been moved
 * {bobbin:journal:<partition>}:marks   a hash. first, next: as in JournalHealth · written: bytes ever written
 *                                      · dropped: bytes before the oldest entry · writer: who may append
 *                                      · last: first position of that writer's newest block · full: 1 while it waits for room
 * The braces keep both on one node of a cluster.
 */
const stream = (partition: number): string => `bobbin:journal:${String(partition)}`;
const marks = (partition: number): string => `{${stream(partition)}}:marks`;

/** `%.0f` because Lua would write a large position as 1e+15. */
const preamble = `
local stream, marks = KEYS[1], KEYS[2]
local function text(number) return string.format('%.0f', number) end
local function mark(name) return tonumber(redis.call('HGET', marks, name) or '0') or 0 end
local function field(entry, name)
  for index = 1, #entry[2], 2 do
    if entry[2][index] == name then return entry[2][index + 1] end
  end
end
local function first(entry) return tonumber(entry[1]:match('^%d+')) - 1 end
local function number(entry, name) return tonumber(field(entry, name) or '0') or 0 end
local function ending(entry) return first(entry) + number(entry, 'count') end
local function oldest() return redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1] end
local function newest(atMost) return redis.call('XREVRANGE', stream, atMost, '-', 'COUNT', 1)[1] end
-- Marks that were deleted are worked out from the entries.
local function restore()
  if redis.call('EXISTS', marks) == 1 then return end
  local from, to = oldest(), newest('+')
  if not from then return end
  redis.call('HSET', marks, 'first', text(first(from)), 'next', text(ending(to)),
    'dropped', text(number(from, 'before')), 'written', text(number(to, 'before') + number(to, 'size')))
end
`;

/** Records that an emptied journal took before its reader was heard of: they move to where that reader still comes by. */
const lift = `
local function lift(to)
  if to <= mark('next') then return end
  local place, written, entry = to, mark('written'), oldest()
  while entry and first(entry) < to do
    local count, size, was = number(entry, 'count'), number(entry, 'size'), field(entry, 'was') or text(first(entry))
    redis.call('XADD', stream, text(place + 1) .. '-0', 'count', text(count), 'size', text(size), 'before', text(written),
      'block', field(entry, 'block') or '', 'was', was)
    redis.call('XDEL', stream, entry[1])
    place, written, entry = place + count, written + size, oldest()
  end
  redis.call('HSET', marks, 'next', text(place), 'written', text(written))
end
`;

/** Trimming must be possible where memory is at its bound, too. */
const changing = `#!lua flags=allow-oom\n${preamble}`;
const reading = `#!lua flags=no-writes\n${preamble}`;

const scripts = {
  stock: `${reading}
return { text(mark('first')), text(mark('next')), text(mark('written') - mark('dropped')), redis.call('HGET', marks, 'full') or '0' }`,

  // The stream's last id outlives its entries: no position before it is given out again, whatever became of the marks.
  claim: `${changing}
local writer, atLeast = ARGV[1], tonumber(ARGV[2])
restore()
local next = math.max(mark('next'), atLeast)
if redis.call('EXISTS', stream) == 1 then
  local info = redis.call('XINFO', 'STREAM', stream)
  for index = 1, #info, 2 do
    if info[index] == 'last-generated-id' then next = math.max(next, tonumber(info[index + 1]:match('^%d+'))) end
  end
end
if redis.call('HGET', marks, 'writer') ~= writer then redis.call('HDEL', marks, 'last', 'full') end
redis.call('HSET', marks, 'writer', writer, 'next', text(next))
return { text(next) }`,

  append: `#!lua
${preamble}
local writer, from, count, limit, block = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local owner = redis.call('HGET', marks, 'writer')
local next, written = mark('next'), mark('written')
if not owner then return { 'gone', '0' } end
if owner ~= writer then return { 'taken', '0' } end
-- It was taken before; only the answer was lost.
if redis.call('HGET', marks, 'last') == text(from) then return { 'done', text(from) } end
if next > from then return { 'moved', text(next) } end
local size = written - mark('dropped')
if size > 0 and size + #block > limit then
  redis.call('HSET', marks, 'full', '1')
  return { 'full', '0' }
end
redis.call('XADD', stream, text(from + 1) .. '-0', 'count', text(count), 'size', text(#block), 'before', text(written), 'block', block)
redis.call('HSET', marks, 'last', text(from), 'next', text(from + count), 'written', text(written + #block))
redis.call('HDEL', marks, 'full')
return { 'done', text(next) }`,

  skip: `${changing}${lift}
local to = tonumber(ARGV[1])
restore()
local next = mark('next')
if to > next then
  if mark('first') == next then redis.call('HSET', marks, 'first', text(to)) end
  if ARGV[2] == '1' then lift(to) else redis.call('HSET', marks, 'next', text(to)) end
end
return { text(next) }`,

  trim: `${changing}${lift}
local to = tonumber(ARGV[1])
restore()
lift(to)
local keep, holder = text(to + 1) .. '-0', newest(text(to) .. '-0')
if holder and ending(holder) > to then keep = holder[1] end
redis.call('XTRIM', stream, 'MINID', keep)
local remaining = oldest()
redis.call('HSET', marks, 'first', text(math.max(mark('first'), to)), 'next', text(math.max(mark('next'), to)),
  'dropped', remaining and field(remaining, 'before') or text(mark('written')))
redis.call('HDEL', marks, 'full')
return {}`,

  blocks: `${reading}
local from, most = math.max(tonumber(ARGV[1]), mark('first')), tonumber(ARGV[2])
local next = mark('next')
local reply, bytes, start = { text(from), text(next), text(next) }, 0, text(from + 1) .. '-0'
local holder = newest(start)
if holder and ending(holder) > from then start = holder[1] end
while from < next do
  local entry = redis.call('XRANGE', stream, start, '+', 'COUNT', 1)[1]
  if not entry then return reply end
  local block = field(entry, 'block') or ''
  if bytes > 0 and bytes + #block > most then
    reply[3] = text(first(entry))
    return reply
  end
  bytes = bytes + #block
  reply[#reply + 1] = text(first(entry))
  reply[#reply + 1] = text(number(entry, 'count'))
  reply[#reply + 1] = field(entry, 'was') or text(first(entry))
  reply[#reply + 1] = block
  start = '(' .. entry[1]
end
return reply`,
} as const;

export interface Stock {
  readonly first: Position;
  readonly next: Position;
  readonly sizeBytes: number;
  /** True while a writer waits for room. */
  readonly isFull: boolean;
}

/**
 * `done`: it is durable, and `next` is where the journal ended before. `moved`: the journal ends at `next` already. `full`: there
 * is no room. `gone`: the marks are, and need to be claimed anew. `taken`: another writer has claimed them.
 */
export interface Appended {
  readonly outcome: 'done' | 'moved' | 'full' | 'gone' | 'taken';
  readonly next: Position;
}

/** Blocks that hold any of `[from, to)`: nothing else of that stretch is left. `next` is where the journal ends. */
export interface Stretch {
  readonly from: Position;
  readonly to: Position;
  readonly next: Position;
  readonly blocks: readonly Block[];
}

const outcomes = ['done', 'moved', 'full', 'gone', 'taken'] as const;

export class Stream {
  readonly #connection: Connection;
  readonly #keys: readonly [string, string];

  constructor(connection: Connection, partition: number) {
    this.#connection = connection;
    this.#keys = [stream(partition), marks(partition)];
  }

  async stock(): Promise<Stock> {
    const [first, next, sizeBytes, full] = await this.#run('stock');
    return { first: numberOf(first), next: numberOf(next), sizeBytes: numberOf(sizeBytes), isFull: numberOf(full) === 1 };
  }

  /** From now on only this writer may append; gives where. No position before `atLeast` is. */
  async claim(writer: string, atLeast: Position): Promise<Position> {
    const [next] = await this.#run('claim', writer, String(atLeast));
    return numberOf(next);
  }

  /** Resolves once the block is safe on disk, or with why it was not taken. Asking again after a fault never appends it twice. */
  async append(writer: string, { first, count, bytes }: Block, limitBytes: number): Promise<Appended> {
    const [word, next] = await this.#run('append', writer, String(first), String(count), String(limitBytes), bytes);
    const outcome = outcomes.find((one) => one === word?.toString());
    if (!outcome) throw new Error(`unexpected reply to an append: ${String(word)}`);
    return { outcome, next: numberOf(next) };
  }

  /** No position before this one will be used any more; gives where the journal ended. `isLifting`: what lies there moves beyond it. */
  async skip(to: Position, isLifting: boolean): Promise<Position> {
    const [next] = await this.#run('skip', String(to), isLifting ? '1' : '0');
    return numberOf(next);
  }

  /** Forgets every record before the position. Where that lies beyond the end, what is there has not been seen, and moves beyond it. */
  async trim(to: Position): Promise<void> {
    await this.#run('trim', String(to));
  }

  /** About `maxBytes` of blocks, at least one. */
  async blocks(after: Position, maxBytes: number): Promise<Stretch> {
    const [from, next, to, ...entries] = await this.#run('blocks', String(after), String(maxBytes));
    const blocks: Block[] = [];
    for (let index = 0; index + 3 < entries.length; index += 4) {
      const [first, count, was, bytes = Buffer.alloc(0)] = entries.slice(index, index + 4);
      const block = { first: numberOf(was), count: numberOf(count), bytes };
      const isMoved = block.first !== numberOf(first) && isBlock(block);
      blocks.push(isMoved ? placeBlock(block, numberOf(first)) : { ...block, first: numberOf(first) });
    }
    return { from: numberOf(from), to: numberOf(to), next: numberOf(next), blocks };
  }

  /** Resolves once there is an entry at or after the position, and in any case after that time. */
  async news(position: Position, waitMs: number): Promise<void> {
    const from = ['STREAMS', this.#keys[0], `${String(position)}-0`];
    await this.#connection.call(['XREAD', 'BLOCK', String(waitMs), 'COUNT', '1', ...from], waitMs);
  }

  /** The whole script each time: its text is small beside a block, and a server that has just started knows none. */
  async #run(name: keyof typeof scripts, ...values: (string | Buffer)[]): Promise<Buffer[]> {
    const reply = await this.#connection.call(['EVAL', scripts[name], '2', ...this.#keys, ...values]);
    if (!Array.isArray(reply) || !reply.every((item) => Buffer.isBuffer(item))) throw new Error(`unexpected reply to ${name}`);
    return reply;
  }
}

function numberOf(bytes: Buffer | undefined): number {
  return Number(bytes?.toString('latin1') ?? NaN);
}
