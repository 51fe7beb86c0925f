import type { KeyRing } from '@agent-identity/contracts'

export const keyRing = (sealWith: string, ...ids: string[]): KeyRing => ({
  sealWith,
  keys: Object.fromEntries(ids.map((id) => [id, `${id}-${'x'.repeat(40)}`])),
})
