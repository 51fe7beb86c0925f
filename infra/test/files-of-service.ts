import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ContainerName } from '../names.ts'

const ROOT = join(import.meta.dirname, '../..')
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:([^'"`;=]*?)\s+from\s+)?'([^']+)'/gm

export const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** The files that the service loads: its `main.ts`, and all that it imports statically as values. Of an index, only the imported names count. */
export function filesOfService(service: ContainerName): string[] {
  const files = new Set<string>()
  const seen = new Set<string>()

  function visit(file: string, names: readonly string[] | 'all'): void {
    const isIndex = file.endsWith('/index.ts')
    const visited = `${file} ${isIndex ? names : ''}`
    if (seen.has(visited)) return
    seen.add(visited)
    files.add(file)
    for (const [statement, clause = '', from = ''] of textOf(file).matchAll(IMPORT)) {
      const target = from.startsWith('.') ? join(dirname(file), from) : fileOfPackage(from)
      if (!target?.endsWith('.ts')) continue
      const isPassedOn = isIndex && statement.startsWith('export') && names !== 'all'
      const wanted = isPassedOn ? names.filter((name) => isExported(name, clause, target)) : namesIn(clause)
      if (wanted.length > 0) visit(target, wanted)
    }
  }
  visit(`services/${service}/src/main.ts`, 'all')
  return [...files].sort()
}

/** `a` and `c` of `{ a, type B, c as d }`. */
function namesIn(clause: string): string[] | 'all' {
  const [, list] = /\{([^}]*)\}/.exec(clause) ?? []
  if (list === undefined) return 'all'
  const names = list.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '' && !name.startsWith('type ')).map((name) => name.split(' as ')[0] ?? '')
}

function isExported(name: string, clause: string, target: string): boolean {
  const names = namesIn(clause)
  if (names !== 'all') return names.includes(name)
  return new RegExp(`^export (?:async )?(?:const|function|class) ${name}\\b`, 'm').test(textOf(target))
}

function fileOfPackage(from: string): string | undefined {
  const [, name, path = ''] = /^@agent-identity\/([\w-]+)(\/.*)?$/.exec(from) ?? []
  if (name === undefined) return undefined
  const folder = ['packages', 'services', '.']
    .map((place) => join(place, name))
    .find((one) => existsSync(join(ROOT, one)))
  if (folder === undefined) throw new Error(`${from} is in no folder`)
  const { exports } = JSON.parse(textOf(join(folder, 'package.json')))
  const file = typeof exports === 'string' ? exports : exports[`.${path}`]
  return join(folder, file)
}
