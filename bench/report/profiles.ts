import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
}

const SHOWN = 25

/** CPU time by package, or by file for our own code; then by function. */
export async function printProfiles(directory: string): Promise<void> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.cpuprofile'))
  for (const file of files) {
    const { nodes, samples } = JSON.parse(await readFile(join(directory, file), 'utf8')) as Profile
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
    const busy = samples.flatMap((id) => frames.get(id) ?? []).filter(({ functionName }) => functionName !== '(idle)')
    const share = (count: number) => `${((100 * count) / busy.length).toFixed(1).padStart(5)} %`
    const print = (of: (frame: Profile['nodes'][number]['callFrame']) => string) => {
      const counts = [...Map.groupBy(busy, of)].map(([name, group]) => [name, group.length] as const)
      for (const [name, count] of counts.sort(([, a], [, b]) => b - a).slice(0, SHOWN))
        console.error(`${share(count)}  ${name}`)
    }
    console.error(`\n${file}`)
    print(({ url, functionName }) => packageOf(url) || functionName)
    console.error('')
    print(({ url, functionName, lineNumber }) => `${functionName || '(anonymous)'} ${packageOf(url)}:${lineNumber + 1}`)
  }
}

/** `node_modules/x` for a dependency, the file below `packages` or `services`, or else the URL, such as `node:x`. */
function packageOf(url: string): string {
  const dependency = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)
  if (dependency) return `node_modules/${dependency[1]}`
  return /(?:packages|services)\/[^/]+\/.*/.exec(url)?.[0] ?? url
}
