import { readFileSync } from 'node:fs'
import { sha256 } from '@agent-identity/service-runtime'
import { Router } from 'express'

const ASSETS = [
  { name: 'binding-page.css', type: 'text/css' },
  { name: 'binding-page.js', type: 'text/javascript' },
]

export function bindingAssetRoutes(): Router {
  const router = Router()
  for (const { name, type } of ASSETS) {
    const body = readFileSync(new URL(`./static/${name}`, import.meta.url), 'utf8')
    // A deployment may have changed the assets.
    const headers = new Map([
      ['Cache-Control', 'public, no-cache'],
      ['ETag', `W/"${sha256(body)}"`],
    ])
    router.get(`/${name}`, (_request, response) => {
      response.setHeaders(headers)
      response.type(type).send(body)
    })
  }
  return router
}
