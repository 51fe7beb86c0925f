import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { buildSync, type Metafile } from 'esbuild'
import { bundledPackages, noticesOf } from './bundled-packages.ts'
import { REQUIRE } from './require-banner.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const MAIN = 'main.mjs'

/**
 * Modules of ours that are only imported on demand are left out with their libraries.
 *
 * @param entry from the repository's root. The handler is `main.handler`.
 */
export function bundleFunction(entry: string, directory: string): void {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: REPOSITORY,
    entryPoints: { main: entry },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    tsconfigRaw: {},
    banner: { js: REQUIRE },
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const shipped = reachable(MAIN, metafile.outputs, relative(REPOSITORY, directory))
  mkdirSync(directory, { recursive: true })
  for (const { path, contents } of outputFiles) if (shipped.has(basename(path))) writeFileSync(path, contents)
  const packages = bundledPackages({ outputs: Object.fromEntries(shipped) }, REPOSITORY)
  writeFileSync(join(directory, 'THIRD-PARTY-NOTICES.txt'), noticesOf(packages))
}

/**
 * By file name: the outputs that `main` imports, also indirectly. Libraries' own imports on demand are followed: the AWS SDK finds its credentials by
 * them.
 */
function reachable(main: string, outputs: Metafile['outputs'], directory: string): Map<string, Output> {
  const found = new Map<string, Output>()
  const visit = (path: string) => {
    const output = outputs[path]
    const name = basename(path)
    const isOnDemand = output?.entryPoint !== undefined && name !== main && !output.entryPoint.includes('node_modules')
    if (!output || isOnDemand || found.has(name)) return
    found.set(name, output)
    for (const imported of output.imports) visit(imported.path)
  }
  visit(join(directory, main))
  return found
}

type Output = Metafile['outputs'][string]
