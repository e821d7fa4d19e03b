// Emmett on Node: the same lessons, the same work and the same checks as `driving.py`, on its PostgreSQL store.
//
//     node drive.mjs fill LOG SIZES
//     node drive.mjs measure LOG COMMITS VIEWS SIZES
//
// Its projections stand in the database of the log: VIEWS is not used. A processor that has a checkpoint goes on from
// there, so each rebuild has a name of its own.

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

import { dumbo, rawSql } from '@event-driven-io/dumbo';
import {
  getPostgreSQLEventStore,
  postgreSQLRawSQLProjection,
  readMessagesBatch,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';

const TOGETHER = 10;
const WARMING_UP = 20;
const WRITERS = 10;
const PAGE = 1000;
const PACKAGES = ['@event-driven-io/emmett', '@event-driven-io/emmett-postgresql', '@event-driven-io/dumbo', 'pg'];

// ── the lessons: `facts.py` says the same ────────────────────────────────────────────────────────────────────────

const COMPONENTS = ['language', 'literacy', 'society'];
const NAMESPACE_OID = Buffer.from('6ba7b8129dad11d180b400c04fd430c8', 'hex');

function streamId(stream) {
  const hash = createHash('sha1').update(NAMESPACE_OID).update(`participant ${stream}`).digest().subarray(0, 16);
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const minutesOf = (stream, number) => 60 + 15 * ((stream * 7 + number * 3) % 9);

const dayOf = (number) => new Date(Date.UTC(2024, 0, 1 + Math.floor(number / 2))).toISOString().slice(0, 10);

function command(stream, first, count) {
  const metadata = {
    actor: `teacher-${(stream % 5) + 1}`,
    purpose: 'made-up-measuring',
    commandId: randomUUID(),
    correlationId: randomUUID(),
  };
  return Array.from({ length: count }, (_, at) => {
    const number = first + at;
    return {
      type: 'LessonAttended',
      data: {
        day: dayOf(number),
        lesson: `lesson-${number}`,
        component: COMPONENTS[(stream + number) % 3],
        minutes: minutesOf(stream, number),
        provider: `school-${((stream + number) % 4) + 1}`,
        modality: 'in-class',
      },
      metadata,
    };
  });
}

function totalOfStream(stream, lessons) {
  let minutes = 0;
  for (let number = 0; number < lessons; number += 1) minutes += minutesOf(stream, number);
  return { lessons, minutes };
}

// What the lessons from place `start` (from 0) of the log to its end come to, by the name of the stream.
function totalsFrom(sizes, start) {
  const found = new Map();
  let place = 0;
  for (let first = 0; first < sizes.lessons; first += TOGETHER)
    for (let stream = 0; stream < sizes.streams; stream += 1)
      for (let number = first; number < Math.min(first + TOGETHER, sizes.lessons); number += 1, place += 1) {
        if (place < start) continue;
        const was = found.get(nameOf(stream)) ?? { lessons: 0, minutes: 0 };
        found.set(nameOf(stream), { lessons: was.lessons + 1, minutes: was.minutes + minutesOf(stream, number) });
      }
  return [...found].map(([stream, totals]) => ({ stream, ...totals })).sort((a, b) => (a.stream < b.stream ? -1 : 1));
}

// ── the work ─────────────────────────────────────────────────────────────────────────────────────────────────────

const nameOf = (stream) => `participant-${streamId(stream)}`;

const append = (store, stream, version, events) =>
  store.appendToStream(nameOf(stream), events, {
    expectedStreamVersion: version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(version),
  });

async function load(store, stream) {
  const { state } = await store.aggregateStream(nameOf(stream), {
    initialState: () => ({ lessons: 0, minutes: 0 }),
    evolve: (state, { data }) => ({ lessons: state.lessons + 1, minutes: state.minutes + data.minutes }),
  });
  return state;
}

async function readAll(pool) {
  let [after, lessons, minutes] = [0n, 0, 0];
  for (;;) {
    const page = await readMessagesBatch(pool.execute, { after, batchSize: PAGE });
    for (const { data } of page.messages) {
      lessons += 1;
      minutes += data.minutes;
    }
    if (!page.areMessagesLeft) return { lessons, minutes };
    after = page.currentGlobalPosition;
  }
}

const addUp = (name) =>
  postgreSQLRawSQLProjection({
    name,
    canHandle: ['LessonAttended'],
    evolve: ({ data, metadata }) =>
      rawSql(
        `INSERT INTO totals VALUES ('${metadata.streamName}', 1, ${data.minutes}) ON CONFLICT (stream) DO UPDATE
         SET lessons = totals.lessons + 1, minutes = totals.minutes + excluded.minutes`,
      ),
  });

async function rebuild(log, pool, start) {
  await pool.execute.command(rawSql('DROP TABLE IF EXISTS totals'));
  await pool.execute.command(rawSql('CREATE TABLE totals (stream text PRIMARY KEY, lessons int, minutes int)'));
  const consumer = rebuildPostgreSQLProjections({
    connectionString: log,
    pulling: { batchSize: PAGE },
    projections: [{ projection: addUp(`totals-${randomUUID()}`), startFrom: { lastCheckpoint: BigInt(start) } }],
  });
  const began = performance.now();
  await consumer.start();
  const seconds = (performance.now() - began) / 1000;
  await consumer.close();
  const { rows } = await pool.execute.query(rawSql('SELECT stream, lessons, minutes FROM totals ORDER BY stream'));
  await pool.execute.command(rawSql('DROP TABLE totals'));
  return { seconds, rows };
}

// ── fill and measure ─────────────────────────────────────────────────────────────────────────────────────────────

async function fill(log, sizes) {
  const store = getPostgreSQLEventStore(log);
  try {
    for (let first = 0; first < sizes.lessons; first += TOGETHER)
      for (let stream = 0; stream < sizes.streams; stream += 1)
        await append(store, stream, first, command(stream, first, Math.min(TOGETHER, sizes.lessons - first)));
  } finally {
    await store.close();
  }
  return { node: process.versions.node, versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])) };
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
}

async function measure(log, commits, sizes) {
  const seconds = {};
  const writing = getPostgreSQLEventStore(commits);
  try {
    Object.assign(seconds, await measureCommits(writing, sizes));
  } finally {
    await writing.close();
  }
  const all = sizes.streams * sizes.lessons;
  const expected = Array.from({ length: sizes.streams }, (_, stream) => totalOfStream(stream, sizes.lessons));
  const total = { lessons: all, minutes: expected.reduce((sum, { minutes }) => sum + minutes, 0) };
  const reading = getPostgreSQLEventStore(log);
  const pool = dumbo({ connectionString: log });
  try {
    await load(reading, 0);
    const found = [];
    let began = performance.now();
    for (let turn = 0; turn < sizes.loads; turn += 1) found.push(await load(reading, turn % sizes.streams));
    seconds.load = (performance.now() - began) / 1000 / sizes.loads;
    mustBe(found, found.map((_, turn) => expected[turn % sizes.streams]));
    began = performance.now();
    const read = await readAll(pool);
    seconds.read = (performance.now() - began) / 1000 / all;
    mustBe(read, total);
    const start = Math.max(all - sizes.followed, 0); // it follows to the end, so this says where it begins
    const rebuilt = await rebuild(log, pool, start);
    seconds.rebuild = rebuilt.seconds / (all - start);
    mustBe(rebuilt.rows, totalsFrom(sizes, start));
  } finally {
    await pool.close();
    await reading.close();
  }
  return { seconds, cannot: {}, sizes };
}

async function measureCommits(store, sizes) {
  const versions = new Array(WRITERS).fill(0);
  const commit = async (turn, count) => {
    const stream = turn % WRITERS;
    await append(store, stream, versions[stream], command(stream, versions[stream], count));
    versions[stream] += count;
  };
  for (let turn = 0; turn < WARMING_UP; turn += 1) await commit(turn, 1);
  let began = performance.now();
  for (let turn = 0; turn < sizes.commits; turn += 1) await commit(turn, 1);
  const one = (performance.now() - began) / 1000 / sizes.commits;
  began = performance.now();
  for (let turn = 0; turn < sizes.tens; turn += 1) await commit(turn, 10);
  const ten = (performance.now() - began) / 1000 / sizes.tens;
  for (const [stream, length] of versions.entries()) mustBe(await load(store, stream), totalOfStream(stream, length));
  return { one, ten };
}

function mustBe(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error("the peer's answer is not what the lessons come to: nothing was measured");
}

const [work, log, ...rest] = process.argv.slice(2);
const sizes = JSON.parse(rest.at(-1));
const answer = work === 'fill' ? await fill(log, sizes) : await measure(log, rest[0], sizes);
console.log(JSON.stringify(answer));
