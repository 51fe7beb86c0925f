/** With `--import`: counts the loaded modules and their bytes on disk, and prints both on SIGUSR2. */
import { statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const loaded = new Map<string, number>()

registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) loaded.set(url, statSync(fileURLToPath(url)).size)
    return nextLoad(url, context)
  },
})

process.on('SIGUSR2', () => {
  const bytes = [...loaded.values()].reduce((total, size) => total + size, 0)
  process.stderr.write(`${JSON.stringify({ loaded: { files: loaded.size, bytes } })}\n`)
})
