import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const RELATIVE_IMPORT = /(from ')(\.[^']*)\.ts(')/g

/**
 * Writes only what `entry` reaches: consumers lack the schema library. Writes it twice: under node16, `import` needs declarations in an ES module,
 * and `require` in CommonJS.
 */
export function writeDeclarations(packageRoot: string, entry: string, directory: string, scratch: string) {
  const compiler = join(packageRoot, '../../node_modules/.bin/tsc')
  const settings = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--skipLibCheck',
    '--listEmittedFiles',
    'false',
  ]
  execFileSync(compiler, ['-p', join(packageRoot, 'pack/tsconfig.json'), '--outDir', scratch, ...settings])

  for (const [folder, type] of [
    ['types', 'module'],
    ['types-cjs', 'commonjs'],
  ] as const) {
    for (const [file, text] of reachable(scratch, entry)) {
      const target = join(directory, folder, file)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    }
    writeFileSync(join(directory, folder, 'package.json'), JSON.stringify({ type }))
  }
}

function reachable(root: string, entry: string, found = new Map<string, string>()) {
  if (found.has(entry)) return found
  const text = readFileSync(join(root, entry), 'utf8')
  found.set(entry, text.replaceAll(RELATIVE_IMPORT, '$1$2.js$3'))
  for (const [, , specifier = ''] of text.matchAll(RELATIVE_IMPORT)) {
    reachable(root, join(dirname(entry), `${specifier}.d.ts`), found)
  }
  return found
}
