import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { MODULES } from './modules.mjs'

/** In per cent of the mutants that were killed, survived or had no test. */
const LEAST_KILLED = 90
const CACHE = join('.cache', 'mutation')

/** `npm run soak -- mutation [module …]`. `module-2` is the second part of a module. */
export async function runMutations(names) {
  const unknown = names.filter((name) => partsOf(name).length === 0)
  if (unknown.length > 0) {
    const failures = [`No module ${unknown.join(', ')}; there are ${Object.keys(MODULES).join(', ')}, and their parts`]
    return { passed: 0, failed: unknown.length, skipped: 0, failures }
  }
  const failures = []
  for (const name of names.length > 0 ? names : Object.keys(MODULES)) failures.push(...(await runModule(name)))
  const count = names.length || Object.keys(MODULES).length
  return { passed: count - failures.length, failed: failures.length, skipped: 0, failures }
}

const partsOf = (name) =>
  Object.entries(MODULES)
    .flatMap(([module, parts]) => parts.map((part, n) => ({ module, id: `${module}-${n + 1}`, part })))
    .filter(({ module, id }) => name === module || name === id)

async function runModule(name) {
  const mutants = []
  for (const { id, part } of partsOf(name)) mutants.push(...(await runPart(id, part)))
  const of = (...statuses) => mutants.filter(({ status }) => statuses.includes(status))
  const killed = of('Killed', 'Timeout').length
  const left = of('Survived', 'NoCoverage')
  for (const mutant of left.sort(byPlace)) console.log(lineOf(mutant))
  const score = (100 * killed) / Math.max(1, killed + left.length)
  const counts = [
    `${killed} killed (${of('Timeout').length} by a timeout)`,
    `${left.length} not (${of('NoCoverage').length} without a test)`,
    // The score does not count these mutants.
    `${of('RuntimeError', 'CompileError').length} did not load`,
  ]
  const line = `mutation of ${name}: ${score.toFixed(1)} %: ${counts.join(', ')}`
  console.log(line)
  return score < LEAST_KILLED ? [line] : []
}

function runPart(name, { mutate, tests }) {
  // A renamed file would leave its part unnoticed, and a renamed test would let mutants survive.
  const missing = [...mutate, ...tests].filter((path) => !existsSync(path))
  if (missing.length > 0) throw new Error(`The parts of a mutation run name missing files: ${missing.join(', ')}`)
  mkdirSync(CACHE, { recursive: true })
  forgetSurvivors(cacheOf(name))
  // Stryker passes its environment on to the processes of the tests.
  process.env.MUTATION_TESTS = tests.join(' ')
  return new Stryker(optionsFor(name, mutate)).runMutationTest()
}

const cacheOf = (name) => join(CACHE, `${name}.json`)

/**
 * Keeps the mutants that a failed test killed. Survivors run again, because Stryker does not see that a new test reaches a constant of a module.
 * Timeouts run again, too, because they may be due to a busy machine.
 */
function forgetSurvivors(file) {
  if (!existsSync(file)) return
  const cached = JSON.parse(readFileSync(file, 'utf8'))
  for (const one of Object.values(cached.files)) one.mutants = one.mutants.filter(({ status }) => status === 'Killed')
  writeFileSync(file, JSON.stringify(cached))
}

const byPlace = (a, b) => a.fileName.localeCompare(b.fileName) || a.location.start.line - b.location.start.line

const lineOf = ({ fileName, location, status, mutatorName, replacement }) =>
  `${relative(process.cwd(), fileName)}:${location.start.line} ${status} ${mutatorName}: ${replacement}`

const optionsFor = (name, mutate) => ({
  mutate,
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner', join(import.meta.dirname, 'what-decides-nothing.mjs')],
  ignorers: ['what-decides-nothing'],
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'scripts/mutation/jest.config.ts', enableFindRelatedTests: true },
  coverageAnalysis: 'perTest',
  // Loaded modules stay in memory until their process ends.
  maxTestRunnerReuse: 60,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? Math.max(1, availableParallelism() - 1)),
  // On a busy machine, loading the tests may take that long. A timeout counts as killed.
  timeoutMS: 30_000,
  incremental: true,
  incrementalFile: cacheOf(name),
  tempDirName: join(CACHE, 'sandbox'),
  ignorePatterns: ['/docs', '/infra', '/bench', '/tests', '/local', '/operations', '/cdk.out', '/.demo'],
  reporters: ['progress-append-only'],
  // Stryker would rewrite the tsconfig with TypeScript's own parser, which TypeScript 7 does not have.
  tsconfigFile: 'none',
  disableTypeChecks: true,
  logLevel: 'warn',
  allowEmpty: false,
})
