import { describe, expect, test } from '@jest/globals'
import { CONTAINER_NAMES, type ContainerName } from '../names.ts'
import { REDIS_ACCESS } from '../redis-access.ts'
import { filesOfService, textOf } from './files-of-service.ts'

/**
 * Redis checks the commands of a script only when they run. So this test compares the commands in the sources with those in the access strings; it
 * does not compare keys.
 */
const IN_SCRIPTS = /\bredis\.p?call\(\s*['"](\w+)['"]/g
const OF_CLIENTS = /\b(?:redis|client|subscriber|blocking|commands)\s*\??\.(\w+)\((?:\s*'(\w+)')?/g
/** What clients and scripts have besides commands; `send` is a method of AWS's clients. */
const NO_COMMANDS = ['call', 'pcall', 'on', 'once', 'off', 'disconnect', 'nodes', 'send']
/** The first argument is a part of the command's name. */
const OF_TWO_WORDS = ['xgroup']

/** Commands of the client library, and of the library that counts requests. */
const OF_LIBRARIES = [
  ...['info', 'client|setinfo', 'client|setname', 'cluster|slots', 'cluster|info', 'readonly', 'readwrite', 'asking'],
  ...['set', 'incrby', 'pttl', 'expire'],
]

/** Its tasks run on when a deployment has changed the permissions. */
const OF_THE_VERSION_BEFORE = ['ttl']

/** By file: commands in code that the service does not run. */
const NOT_RUN: Partial<Record<ContainerName, Readonly<Record<string, readonly string[]>>>> = {
  'mcp-server': {
    'packages/authorization/src/connections/uses.ts': ['hgetall'],
  },
}

function commandsIn(text: string): Set<string> {
  const inScripts = [...text.matchAll(IN_SCRIPTS)].map(([, name = '']) => name.toLowerCase())
  const ofClients = [...text.matchAll(OF_CLIENTS)].map(([, name = '', word = '']) =>
    OF_TWO_WORDS.includes(name) ? `${name}|${word.toLowerCase()}` : name,
  )
  return new Set([...inScripts, ...ofClients].filter((name) => !NO_COMMANDS.includes(name)))
}

const allowedTo = (service: ContainerName) =>
  new Set([...REDIS_ACCESS[service].matchAll(/\+([\w|]+)/g)].map(([, command = '']) => command))

describe.each(CONTAINER_NAMES)('%s', (service) => {
  const used = filesOfService(service).flatMap((file) =>
    [...commandsIn(textOf(file))].map((command) => ({ command, file })),
  )
  const isRun = ({ command, file }: { command: string; file: string }) => !NOT_RUN[service]?.[file]?.includes(command)

  test('may use every command of its scripts and clients', () => {
    const allowed = allowedTo(service)
    expect(used.filter(isRun).filter(({ command }) => !allowed.has(command))).toEqual([])
  })

  test('may use no command that is in none of them', () => {
    const known = new Set([
      ...used.filter(isRun).map(({ command }) => command),
      ...OF_LIBRARIES,
      ...OF_THE_VERSION_BEFORE,
    ])
    expect([...allowedTo(service)].filter((command) => !known.has(command))).toEqual([])
  })

  test('has every exception still', () => {
    for (const [file, commands] of Object.entries(NOT_RUN[service] ?? {}))
      for (const command of commands) expect(used).toContainEqual({ command, file })
  })
})

test('what counts as a command', () => {
  const text = `
    await redis.hget(key, 'field'); client.on('ready', f); await blocking
      .xreadgroup('GROUP'); redis.xgroup('CREATE', x)
    redis.call('HSET', KEYS[1]) or redis.pcall("zscore", KEYS[1]); (await redis.call('PING'))`
  expect([...commandsIn(text)].sort()).toEqual(['hget', 'hset', 'ping', 'xgroup|create', 'xreadgroup', 'zscore'])
})
