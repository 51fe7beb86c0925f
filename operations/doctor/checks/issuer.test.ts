import { expect, test } from '@jest/globals'
import type { Subject } from '../subject.ts'
import { issuer } from './issuer.ts'

test.each(['https://issuer.example', 'https://issuer.example/', 'https://issuer.example/tenant/'])(
  'finds the metadata of %s',
  async (name) => {
    const asked: string[] = []
    const subject = {
      configuration: async () => ({ issuer: name }),
      get: async (url: string) => {
        asked.push(url)
        return { status: 200, body: JSON.stringify({ issuer: name }) }
      },
    } as unknown as Subject
    expect(await issuer.run(subject)).toEqual([])
    expect(asked.map((url) => new URL(url).pathname)).toEqual([
      name.includes('tenant') ? '/tenant/.well-known/openid-configuration' : '/.well-known/openid-configuration',
    ])
  },
)
