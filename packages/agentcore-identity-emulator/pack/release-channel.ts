/** `latest`: what an install without a version gets. `next`: a prerelease. `previous`: lower than a released version, such as a backport. */
export type ReleaseChannel = 'latest' | 'next' | 'previous'

const TAG = 'emulator-v'

/** @throws without the version's own tag: the list is not complete then, and a backport could look like the highest version */
export function channelOf(version: string, tags: readonly string[]): ReleaseChannel {
  if (!tags.includes(`${TAG}${version}`))
    throw new Error(`There is no tag ${TAG}${version} among the ${tags.length} tags of releases`)
  const own = numbersOf(version)
  if (!own) return 'next'
  const released = tags.flatMap((tag) => (tag.startsWith(TAG) ? [numbersOf(tag.slice(TAG.length))] : []))
  return released.some((other) => other && isHigher(other, own)) ? 'previous' : 'latest'
}

/** @returns undefined for anything but `x.y.z` */
function numbersOf(version: string): number[] | undefined {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.split('.').map(Number) : undefined
}

function isHigher(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((number, index) => number !== other[index])
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0)
}
