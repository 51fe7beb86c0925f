import { ROUTES } from '@agent-identity/contracts'
import { type RequestHandler, Router } from 'express'
import type { RedisClient } from './redis-client.ts'

/**
 * Liveness says that the process answers, nothing more: restarting it would not bring Redis back. Readiness asks Redis.
 * The public load balancer routes neither.
 */
export function healthRoutes(redis: RedisClient, isDraining: () => boolean): RequestHandler {
  const router = Router()
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
