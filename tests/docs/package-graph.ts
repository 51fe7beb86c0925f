import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Manifest {
  name: string
  dependencies?: Record<string, string>
}

const root = join(import.meta.dirname, '../..')
const manifests = globSync(['{packages,services}/*/package.json', '{providers,infra,local,operations}/package.json'], {
  cwd: root,
}).toSorted()

/** By folder: the folders of its `dependencies`. */
export function packageGraph(): ReadonlyMap<string, readonly string[]> {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest
  const folders = new Map(manifests.map((path) => [read(path).name, dirname(path)]))
  return new Map(
    manifests.map((path) => {
      const ours = Object.keys(read(path).dependencies ?? {}).flatMap((name) => folders.get(name) ?? [])
      return [dirname(path), ours.toSorted()]
    }),
  )
}

/** What other arrows imply is left out. */
export function drawing(graph: ReadonlyMap<string, readonly string[]>): string {
  const idOf = (folder: string) => folder.replaceAll(/[^a-z]/g, '_')
  const nodes = [...graph.keys()].map((folder) => `  ${idOf(folder)}["${folder}"]`)
  const arrows = [...graph].flatMap(([from, to]) =>
    to
      .filter((folder) => !to.some((other) => other !== folder && reaches(graph, other, folder)))
      .map((folder) => `  ${idOf(from)} --> ${idOf(folder)}`),
  )
  return ['```mermaid', 'flowchart TD', ...nodes, ...arrows, '```'].join('\n')
}

export function table(graph: ReadonlyMap<string, readonly string[]>): string {
  const rows = [...graph].map(
    ([from, to]) => `| \`${from}\` | ${to.map((folder) => `\`${folder}\``).join(', ') || '–'} |`,
  )
  return ['| package | imports |', '|---|---|', ...rows].join('\n')
}

export function reaches(graph: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const next = graph.get(from) ?? []
  return next.includes(to) || next.some((folder) => reaches(graph, folder, to))
}
