/** `node bench/main.ts [name…] [--json] [--quick] [--profile DIRECTORY]`. Progress goes to stderr. */
import { parseArgs } from 'node:util'
import { BENCHMARKS } from './benchmarks.ts'
import { printProfiles } from './report/profiles.ts'
import { rowOf } from './report/row.ts'
import { table } from './report/table.ts'
import { killAll } from './support/server-process.ts'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1))
}
process.on('exit', killAll)
// The process of scripts/run.mjs was killed.
process.on('disconnect', () => process.exit(1))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    profile: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const names = BENCHMARKS.map(({ name }) => name).join(', ')
if (values.help) {
  console.log(`Usage: npm run bench -- [name…] [--quick] [--json] [--profile DIRECTORY]\nNames: ${names}`)
  process.exit(0)
}
const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', no ')}. Say any of: ${names}.`)
  process.exit(1)
}
if (process.env.REDIS_URL) {
  console.error('Unset REDIS_URL: npm run bench starts a Redis of its own, and would delete what is in yours.')
  process.exit(1)
}

const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const rows = []
for (const { name, run } of chosen) {
  const say = (message: string) => console.error(`${name}: ${message}`)
  const startedAt = performance.now()
  const settings = {
    quick: values.quick ?? false,
    profileDirectory: values.profile,
    compileCache: process.env.NODE_COMPILE_CACHE,
    say,
  }
  rows.push(rowOf(name, await run(settings)))
  say(`done in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`)
}
console.log(values.json ? JSON.stringify(rows) : table(rows))
if (values.profile) await printProfiles(values.profile)
process.exit(0)
