import { SetUpError } from './say.mjs'
import { findCommand, installSystemPackage } from './system-package.mjs'

/** Valkey has the same protocol and the options that we use. */
const COMMANDS = ['redis-server', 'valkey-server']

export function findOrInstallRedis({ orGiven }) {
  if (findCommand(COMMANDS)) return
  const otherwise = orGiven ? ', or set REDIS_URL to a Redis that you have' : ''
  installSystemPackage({
    what: 'redis-server',
    // Debian's redis-server is a link to a program of redis-tools.
    apt: [
      ['redis-server', 'redis-tools'],
      ['valkey-server', 'valkey-tools'],
    ],
    brew: ['redis'],
    byHand: `install redis-server or valkey-server with your package manager${otherwise}`,
  })
  if (!findCommand(COMMANDS)) throw new SetUpError('redis-server is installed but is not on the PATH: put it there.')
}
