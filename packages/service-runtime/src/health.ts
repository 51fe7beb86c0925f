import { ROUTES } from '@agent-identity/contracts'
import { type RequestHandler, Router } from 'express'
import type { RedisClient } from './redis-client.ts'

/**
 * Liveness says that the process answers, nothing more: restarting it would not bring Redis back. Readiness asks Redis.
 * Neither is for the public: a load balancer that passes a request on says for whom (`X-Forwarded-For`), and its own health
 * checks come without, so that no spelling of the path gets through it.
 */
export function healthRoutes(redis: RedisClient, isDraining: () => boolean): RequestHandler {
  const router = Router()
  router.use((request, _response, next) =>
    next(request.headers['x-forwarded-for'] === undefined ? undefined : 'router'),
  )
  router.get(ROUTES.health, (_request, response) => {
    response.type('text/plain').send('ok')
  })
  router.get(ROUTES.readiness, async (_request, response) => {
    const ready =
      !isDraining() &&
      (await redis.ping().then(
        () => true,
        () => false,
      ))
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready' : 'not ready')
  })
  return router
}
