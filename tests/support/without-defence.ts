import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { DEFENCES, type DefenceName } from './defences.ts'

/** With `--import` and a defence's name as the fragment: the process runs without this defence. The services have no switch for it. */
const name = decodeURIComponent(new URL(import.meta.url).hash.slice(1)) as DefenceName
const { file, intact, without } = DEFENCES[name]
const changed = pathToFileURL(`${import.meta.dirname}/../../${file}`).href

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (url !== changed) return loaded
    const parts = String(loaded.source).split(intact)
    // Otherwise a test would run against the intact service.
    if (parts.length !== 2) throw new Error(`${file} does not have this once: ${intact}`)
    return { ...loaded, source: parts.join(without) }
  },
})
