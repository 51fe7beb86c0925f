import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { ROUTES } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'

export interface Asset {
  type: string
  body: string
  etag: string
}

export interface ClientAssets {
  /** By file name. */
  files: ReadonlyMap<string, Asset>
  /** One for all files, because modules import one another. */
  version: string
}

const CLIENT = new URL('./client/', import.meta.url)
const STATIC = new URL('./static/', import.meta.url)
const STATIC_TYPES: Readonly<Record<string, string>> = { css: 'text/css', svg: 'image/svg+xml' }

let loaded: ClientAssets | undefined

export function clientAssets(): ClientAssets {
  loaded ??= loadClientAssets()
  return loaded
}

/** The modules that `module` imports, directly or indirectly. */
export function importsOf(module: string, found = new Set<string>()): ReadonlySet<string> {
  for (const name of importedBy(clientAssets().files.get(module)?.body ?? '')) {
    if (found.has(name)) continue
    found.add(name)
    importsOf(name, found)
  }
  return found
}

/** An import statement may have several lines. */
export const importedBy = (body: string): string[] =>
  [...body.matchAll(/^import [^'"]* from '\.\/(.+)'$/gm)].map(([, name = '']) => name)

export const assetPath = (name: string) => `${ROUTES.assets}/${clientAssets().version}/${name}`

function loadClientAssets(): ClientAssets {
  const modules = readdirSync(CLIENT).filter((name) => name.endsWith('.ts'))
  const files = new Map<string, Asset>([
    ...modules.map((name): [string, Asset] => [name, moduleAsset(name)]),
    ...readdirSync(STATIC).map((name): [string, Asset] => [name, staticAsset(name)]),
  ])
  const hash = createHash('sha256')
  for (const [name, { body }] of files) hash.update(`${name}\0${body}\0`)
  return { files, version: hash.digest('base64url').slice(0, 16) }
}

function moduleAsset(name: string): Asset {
  return asset('text/javascript', stripTypeScriptTypes(readFileSync(new URL(name, CLIENT), 'utf8')))
}

function staticAsset(name: string): Asset {
  const type = STATIC_TYPES[name.slice(name.lastIndexOf('.') + 1)]
  if (type === undefined) throw new Error(`No content type is known for ${name}`)
  return asset(type, readFileSync(new URL(name, STATIC), 'utf8'))
}

const asset = (type: string, body: string): Asset => ({ type, body, etag: `W/"${sha256(body)}"` })
