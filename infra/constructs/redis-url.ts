import { DeploymentError } from '../deployment-error.ts'
import { STORE_PORT } from './ports.ts'

/** Credentials in the URL would be visible in the task definition. @throws DeploymentError */
export function portOfRedis(url: string): number {
  const { protocol, hostname, username, password, port } = URL.parse(url) ?? {}
  if (protocol === 'rediss:' && hostname && !username && !password) return Number(port || STORE_PORT)
  throw new DeploymentError(
    'The session store needs a URL such as rediss://redis.example.internal:6379: with TLS, and without a user and a password.',
  )
}
