import { ROUTES } from '@agent-identity/contracts'
import type { RequestHandler, Response } from 'express'
import type { RedisClient } from './redis-client.ts'

/**
 * Liveness says that the process answers, nothing more: restarting it would not bring Redis back. Readiness asks Redis.
 * Neither is for the public: a load balancer that passes a request on says for whom (`X-Forwarded-For`), and its own health
 * checks come without, so that no spelling of the path gets through it.
 */
export function healthRoutes(redis: RedisClient, isDraining: () => boolean): RequestHandler {
  const isReady = async () =>
    !isDraining() &&
    (await redis.ping().then(
      () => true,
      () => false,
    ))
  const say = (response: Response, status: number, text: string) =>
    void response.status(status).type('text/plain').send(text)

  // One look instead of a router: every request passes here.
  return ({ method, path, headers }, response, next) => {
    if ((path !== ROUTES.health && path !== ROUTES.readiness) || headers['x-forwarded-for'] !== undefined) return next()
    if (method !== 'GET' && method !== 'HEAD') return next()
    if (path === ROUTES.health) return say(response, 200, 'ok')
    void isReady().then((ready) => say(response, ready ? 200 : 503, ready ? 'ready' : 'not ready'))
  }
}
