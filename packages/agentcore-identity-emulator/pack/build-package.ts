import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { bundledPackages, noticesOf } from '../../../infra/images/bundled-packages.ts'
import { writeDeclarations } from './declarations.ts'
import { publishedManifest } from './manifest.ts'

const PACKAGE = join(import.meta.dirname, '..')
const REPOSITORY = join(PACKAGE, '../..')

/** Replaces each `readFileSync(new URL('./static/…', import.meta.url), 'utf8')` by the file's text. */
const inlineText: Plugin = {
  name: 'inline-text',
  setup(setup) {
    setup.onLoad({ filter: /agentcore-identity-emulator[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = source.replaceAll(
        /readFileSync\(new URL\('([^']+)', import\.meta\.url\), 'utf8'\)/g,
        (_all, file: string) => JSON.stringify(readFileSync(join(path, '..', file), 'utf8')),
      )
      if (contents.includes('import.meta')) throw new Error(`${path}: import.meta is empty in CommonJS`)
      return { contents, loader: 'ts' }
    })
  },
}

/** One CommonJS file with all code, so that `import` and `require` share one copy. */
export async function buildPackage(directory: string, scratch: string) {
  mkdirSync(directory, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: [join(PACKAGE, 'src/published.ts')],
    outfile: join(directory, 'emulator.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.12',
    tsconfigRaw: {},
    plugins: [inlineText],
    minifySyntax: true,
    minifyWhitespace: true,
    // For stack traces. Without the source texts, to keep the package small.
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text)
  write(
    'index.cjs',
    "const { ConfigurationError, startEmulator } = require('./emulator.cjs')\nexports.ConfigurationError = ConfigurationError\nexports.startEmulator = startEmulator\n",
  )
  write('index.js', "export { ConfigurationError, startEmulator } from './index.cjs'\n")
  write(
    'bin.cjs',
    "#!/usr/bin/env node\nrequire('node:module').enableCompileCache?.()\nvoid require('./emulator.cjs').runCommand(process.argv.slice(2))\n",
  )
  chmodSync(join(directory, 'bin.cjs'), 0o755)
  write(
    'package.json',
    JSON.stringify(publishedManifest(JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))), null, 2),
  )
  write('THIRD-PARTY-NOTICES.txt', noticesOf(bundledPackages(metafile, REPOSITORY)))
  copyFileSync(join(PACKAGE, 'README.md'), join(directory, 'README.md'))
  copyFileSync(join(REPOSITORY, 'LICENSE'), join(directory, 'LICENSE'))
  writeDeclarations(PACKAGE, 'index.d.ts', directory, join(scratch, 'declarations'))
}
