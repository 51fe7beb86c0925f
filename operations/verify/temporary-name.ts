import { randomBytes } from 'node:crypto'

/** By this prefix, a later run finds what a killed run has left. */
export const TEMPORARY_PREFIX = 'agent-identity-verify-'

/** Longer than a run should take. */
const LEFTOVER_AFTER_SECONDS = 3 * 3_600

const secondsNow = () => Math.floor(Date.now() / 1_000)

/** Contains the time of creation, which some lists of AWS omit. */
export const temporaryName = (): string =>
  `${TEMPORARY_PREFIX}${secondsNow().toString(16).padStart(8, '0')}-${randomBytes(6).toString('hex')}`

export type NameTest = (name: string | undefined) => name is string

export const isTemporary: NameTest = (name): name is string => name?.startsWith(TEMPORARY_PREFIX) ?? false

/** Younger things may be another run's. A name without a time is of an older version. */
export const isLeftover: NameTest = (name): name is string => {
  if (!isTemporary(name)) return false
  const [, made] = /^([0-9a-f]{8})-[0-9a-f]{12}(?![0-9a-f])/.exec(name.slice(TEMPORARY_PREFIX.length)) ?? []
  return made === undefined || secondsNow() - Number.parseInt(made, 16) > LEFTOVER_AFTER_SECONDS
}
