import { expect, test } from '@jest/globals'
import { channelOf } from './release-channel.ts'

const released = (...versions: string[]) => versions.map((version) => `emulator-v${version}`)

test.each([
  ['the first version', '0.1.0', released('0.1.0'), 'latest'],
  ['the highest version', '0.10.0', released('0.2.0', '0.9.1', '0.10.0'), 'latest'],
  ['a backport', '0.9.2', released('0.2.0', '0.9.1', '0.9.2', '0.10.0'), 'previous'],
  ['a backport of another major version', '1.99.99', released('1.99.99', '2.0.0'), 'previous'],
  ['a version with only a prerelease above it', '1.0.0', released('1.0.0', '2.0.0-rc.1'), 'latest'],
  ['a prerelease', '2.0.0-rc.1', released('1.0.0', '2.0.0-rc.1'), 'next'],
  ['a prerelease of a backport', '0.9.2-rc.1', released('0.9.2-rc.1', '1.0.0'), 'next'],
  ['a version beside other tags', '1.0.0', [...released('1.0.0'), 'v3.0.0', 'emulator-vnext'], 'latest'],
] as const)('%s, %s, is released as it should: %j, %s', (_what, version, tags, channel) => {
  expect(channelOf(version, tags)).toBe(channel)
})

test('a list of tags without the version’s own is refused', () => {
  expect(() => channelOf('1.0.0', [])).toThrow('There is no tag emulator-v1.0.0')
})
