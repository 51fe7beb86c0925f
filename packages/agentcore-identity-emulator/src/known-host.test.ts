import { expect, test } from '@jest/globals'
import { isKnownHost, namesOf } from './known-host.ts'

test.each(['vm:8082', 'public.example', 'emulator', 'localhost:8082'])(
  'knows %s: the host it listens on, the public one, a configured one, and loopback',
  (host) => {
    const names = namesOf(['https://public.example', 'http://vm:8082'], ['emulator'])
    expect(isKnownHost(host, names)).toBe(true)
    expect(isKnownHost(`${host.split(':')[0]}.attacker.example`, names)).toBe(false)
  },
)
