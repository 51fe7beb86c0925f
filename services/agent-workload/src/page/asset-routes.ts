import { type Response, Router } from 'express'
import { type Asset, clientAssets } from './client-assets.ts'

const FOR_GOOD = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'public, no-cache'

/** Assets contain no user data, so they may be cached. */
export function assetRoutes(): Router {
  const { files, version } = clientAssets()
  const router = Router()

  router.get('/favicon.svg', (_request, response, next) => send(files.get('favicon.svg'), ASK_AGAIN, response, next))

  // A page of another version may request an asset during a deployment: this version's file must not be cached under that version's address.
  router.get('/:version/:name', (request, response, next) => {
    const asset = files.get(request.params.name)
    send(asset, request.params.version === version ? FOR_GOOD : 'no-store', response, next)
  })

  return router
}

function send(asset: Asset | undefined, cacheControl: string, response: Response, next: () => void): void {
  if (asset === undefined) {
    next()
    return
  }
  response.setHeader('Cache-Control', cacheControl)
  response.setHeader('ETag', asset.etag)
  response.type(asset.type).send(asset.body)
}
