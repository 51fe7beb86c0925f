/** `node scripts/licences.mjs [directory]`: an installed package of the lockfile must have a permissive licence, or be an exception below. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ALLOWED = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0']

/** Packages with another licence: the licence, and why it is accepted. */
const ODD = {
  'axe-core': ['MPL-2.0', 'checks pages in tests; its files are neither changed nor distributed'],
  'caniuse-lite': ['CC-BY-4.0', 'data for Babel, on which Jest depends; no image and no package contains it'],
  pako: ['(MIT AND Zlib)', 'zlib’s licence is as permissive as MIT'],
  'url-template': ['BSD', 'the older name of BSD-3-Clause; the text is the same'],
}

/** Builds of one package for several platforms: those for other platforms may be missing. */
const BUILDS =
  /^(@biomejs\/cli-|@esbuild\/|@oxc-(parser|resolver)\/binding-|@parcel\/watcher-|@swc\/core-|@typescript\/typescript-|@unrs\/resolver-binding-|node-linux-)/
/** Only builds for WebAssembly need these. */
const FOR_OTHER_PLATFORMS = [
  '@emnapi/core',
  '@emnapi/runtime',
  '@emnapi/wasi-threads',
  '@napi-rs/wasm-runtime',
  '@tybys/wasm-util',
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

/** SPDX: for OR one accepted licence is enough, for AND all must be accepted. */
function isAllowed(expression) {
  const inside = expression.replace(/^\((.*)\)$/, '$1')
  if (/[()]/.test(inside)) return false
  return inside.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => ALLOWED.includes(licence)))
}

function lockedPackages() {
  const [, packages = ''] =
    /^packages:\n([\s\S]*?)^\S/m.exec(`${readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')}\nend:`) ?? []
  const keys = [...packages.matchAll(/^ {2}'?(@?[^'@\s]+)@([^'\s]+?)'?:$/gm)]
  if (keys.length === 0) throw new Error('pnpm-lock.yaml has no packages')
  return keys.map(([, name, version]) => ({ name, version }))
}

/** By `name@version`. */
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

/** Without links, which lead to dependencies. */
function directoriesIn(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name))
}
