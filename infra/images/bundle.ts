import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { billOfMaterials } from './bill-of-materials.ts'
import { bundledPackages, noticesOf } from './bundled-packages.ts'
import { REQUIRE } from './require-banner.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const OUR_OWN = /[\\/](?:services|packages)[\\/][^\\/]+[\\/]src[\\/].*\.ts$/

/** Modules that read files beside themselves keep their path in the repository, below the bundle. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  setup(setup) {
    setup.onLoad({ filter: OUR_OWN }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!source.includes('import.meta.url')) return undefined
      const place = `./${relative(REPOSITORY, path).replaceAll('\\', '/')}`
      const contents = source.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`)
      return { contents, loader: 'ts' }
    })
  },
}

/** Directories whose files are sent to browsers. */
const ASSET_DIRECTORIES = ['client', 'static']

/** Bundles a service with the files that it sends to browsers, and a list of its packages and their licences (docs/decisions/0105-images.md). */
export async function bundle(service: string, directory: string): Promise<void> {
  const source = join('services', service, 'src')
  mkdirSync(directory, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: [join(source, 'main.ts')],
    outfile: join(directory, 'main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // The root's tsconfig files are not in the image's build.
    tsconfigRaw: {},
    banner: { js: REQUIRE },
    plugins: [keepPlaces],
    // Stack traces name our files and lines.
    sourcemap: 'linked',
    sourcesContent: false,
    // The licence texts are in a separate file.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  for (const place of assetPlaces(source)) cpSync(join(REPOSITORY, place), join(directory, place), { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }))
  const packages = bundledPackages(metafile, REPOSITORY)
  writeFileSync(join(directory, 'sbom.cdx.json'), JSON.stringify(billOfMaterials(service, packages), null, 1))
  writeFileSync(join(directory, 'THIRD-PARTY-NOTICES.txt'), noticesOf(packages))
}

function assetPlaces(source: string): string[] {
  return readdirSync(join(REPOSITORY, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && ASSET_DIRECTORIES.includes(entry.name))
    .map((entry) => join(relative(REPOSITORY, entry.parentPath), entry.name))
}

if (import.meta.main) {
  const [service, directory] = process.argv.slice(2)
  if (!service || !directory) throw new Error('Usage: node infra/images/bundle.ts <service> <directory>')
  await bundle(service, directory)
}
