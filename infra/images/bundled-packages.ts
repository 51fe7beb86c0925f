import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'

export interface BundledPackage {
  name: string
  version: string
  license: string | undefined
  directory: string
}

/** Each version of a package once, sorted by name. */
export function bundledPackages({ outputs }: Pick<Metafile, 'outputs'>, root: string): BundledPackage[] {
  const packages = new Map<string, BundledPackage>()
  for (const [input, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    if (bytesInOutput === 0) continue
    const found = input.includes('node_modules') ? packageOf(join(root, input)) : undefined
    if (found) packages.set(`${found.name}@${found.version}`, found)
  }
  return [...packages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found)
}

/** Packages also contain package.json files without a name. */
function packageOf(file: string): BundledPackage | undefined {
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    const manifest = join(directory, 'package.json')
    if (!existsSync(manifest)) continue
    const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8')) as Partial<BundledPackage>
    if (name && version) return { name, version, license: typeof license === 'string' ? license : undefined, directory }
  }
  return undefined
}

/** Most licences require that a distributor passes their texts on. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  return packages
    .map((one) => `${one.name} ${one.version} (${one.license})\n\n${textOf(one)}`)
    .join(`\n${'-'.repeat(80)}\n`)
}

function textOf({ directory }: BundledPackage): string {
  const files = readdirSync(directory).filter((name) => /^(licen[cs]e|notice|copying)([.-].*)?$/i.test(name))
  return files.map((name) => readFileSync(join(directory, name), 'utf8')).join('\n') || 'It comes without a text.\n'
}
