import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'

interface Package {
  name: string
  version: string
  license?: string
}

/**
 * What was bundled, in CycloneDX 1.6: scanners look for node_modules, and a bundle has none. Only packages of which something
 * went in are listed, so that a finding is about code that is there.
 */
export function billOfMaterials(service: string, metafile: Metafile, root: string) {
  const packages = new Map<string, Package>()
  for (const input of Object.keys(metafile.inputs)) {
    const found = input.includes('node_modules') ? packageOf(join(root, input)) : undefined
    if (found) packages.set(`${found.name}@${found.version}`, found)
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name: service } },
    components: [...packages.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { name, version, license }]) => ({
        type: 'library',
        name,
        version,
        purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
        ...(license ? { licenses: [{ expression: license }] } : {}),
      })),
  }
}

/** The nearest package.json with a name and a version: packages also hold nameless ones that only say `"type"`. */
function packageOf(file: string): Package | undefined {
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    const manifest = join(directory, 'package.json')
    if (!existsSync(manifest)) continue
    const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8')) as Partial<Package>
    if (name && version) return { name, version, ...(typeof license === 'string' ? { license } : {}) }
  }
  return undefined
}
