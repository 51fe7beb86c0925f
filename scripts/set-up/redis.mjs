import { findCommand, installSystemPackage } from './system-package.mjs'

/** Valkey, the fork that some distributions carry instead, speaks the same protocol and takes the same options. */
const COMMANDS = ['redis-server', 'valkey-server']

export function findOrInstallRedis() {
  if (findCommand(COMMANDS)) return
  installSystemPackage({
    what: 'redis-server',
    apt: COMMANDS,
    brew: ['redis'],
    byHand:
      'install redis-server or valkey-server with your package manager, or set REDIS_URL to a Redis that you have',
  })
}
