import { readFileSync } from 'node:fs'
import { Router } from 'express'

const ASSETS = [
  { name: 'binding-page.css', type: 'text/css' },
  { name: 'binding-page.js', type: 'text/javascript' },
]

/** Mounted at `ROUTES.sessionBindingAssets`. Both files are sent as they stand: what is read here is what runs there. */
export function bindingAssetRoutes(): Router {
  const router = Router()
  for (const { name, type } of ASSETS) {
    const body = readFileSync(new URL(`./static/${name}`, import.meta.url), 'utf8')
    router.get(`/${name}`, (_request, response) => {
      // Express adds an ETag: asking again costs no body, and a deployment shows at once.
      response.setHeader('Cache-Control', 'public, no-cache')
      response.type(type).send(body)
    })
  }
  return router
}
