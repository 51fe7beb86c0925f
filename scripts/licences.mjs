/**
 * `node scripts/licences.mjs [directory]`: every package of the lockfile has a licence that asks no more than to name its
 * authors. Read from what is installed, so that it works offline.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ALLOWED = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0']

/** Each with the licence that was read, and why it may stay. */
const ODD = {
  'axe-core': ['MPL-2.0', 'looks at pages in tests: of its files as they are, nothing is changed or handed on'],
  'caniuse-lite': ['CC-BY-4.0', 'data that Jest’s compiler reads; handed on with nothing of ours'],
  pako: ['(MIT AND Zlib)', 'zlib’s own licence, as permissive as MIT'],
  'url-template': ['BSD', 'an older name: its text is BSD-3-Clause'],
}

/** Builds of one package for platforms, of which one is installed: its licence is read, and it is the others’. */
const BUILDS =
  /^(@biomejs\/cli-|@esbuild\/|@oxc-(parser|resolver)\/binding-|@parcel\/watcher-|@swc\/core-|@typescript\/typescript-|@unrs\/resolver-binding-|node-linux-)/
/** Needed by such builds, or by macOS, only. None is installed where this runs. */
const FOR_OTHER_PLATFORMS = [
  '@emnapi/core',
  '@emnapi/runtime',
  '@emnapi/wasi-threads',
  '@napi-rs/wasm-runtime',
  '@tybys/wasm-util',
  'fsevents',
]

const root = process.argv[2] ?? '.'
const problems = findProblems(lockedPackages(), installedLicences())
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function findProblems(locked, licences) {
  return locked.flatMap(({ name, version }) => {
    const id = `${name}@${version}`
    const licence = licences.get(id)
    if (licence === undefined)
      return BUILDS.test(name) || FOR_OTHER_PLATFORMS.includes(name)
        ? []
        : [`${id} is not installed: its licence is not known`]
    if (isAllowed(licence) || ODD[name]?.[0] === licence) return []
    return [
      `${id} is under ${licence || 'no licence'}: take another package, or add it with a reason to scripts/licences.mjs`,
    ]
  })
}

/** SPDX: one of those that OR joins is enough, all of those that AND joins are needed. */
function isAllowed(expression) {
  const inside = expression.replace(/^\((.*)\)$/, '$1')
  if (/[()]/.test(inside)) return false
  return inside.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => ALLOWED.includes(licence)))
}

/** The keys below `packages:`, `name@version` each. What is of this repository is not among them. */
function lockedPackages() {
  const [, packages = ''] =
    /^packages:\n([\s\S]*?)^\S/m.exec(`${readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')}\nend:`) ?? []
  const keys = [...packages.matchAll(/^ {2}'?(@?[^'@\s]+)@([^'\s]+?)'?:$/gm)]
  if (keys.length === 0) throw new Error('pnpm-lock.yaml has no packages')
  return keys.map(([, name, version]) => ({ name, version }))
}

/** Of every package in pnpm’s store, by `name@version`: also of those that are left from before, which is no harm. */
function installedLicences() {
  const store = join(root, 'node_modules/.pnpm')
  const manifests = readdirSync(store)
    .map((directory) => join(store, directory, 'node_modules'))
    .filter((path) => existsSync(path))
    .flatMap((path) => directoriesIn(path).flatMap((at) => (/[/\\]@[^/\\]+$/.test(at) ? directoriesIn(at) : [at])))
    .map((path) => join(path, 'package.json'))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')))
  return new Map(
    manifests.map(({ name, version, license }) => [`${name}@${version}`, typeof license === 'string' ? license : '']),
  )
}

/** A package itself is a directory; links lead to what it depends on. */
function directoriesIn(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name))
}
