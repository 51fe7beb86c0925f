/**
 * After the nearest turn that is older, else before the first that is newer, else at the end.
 *
 * @param shown ids, in the order of the page.
 * @param known ids, oldest first.
 */
export function placeOfTurn(turnId: string, shown: readonly string[], known: readonly string[]): number {
  const own = known.indexOf(turnId)
  const placeOf = (one: string) => known.indexOf(one)
  const older = shown.findLastIndex((one) => placeOf(one) >= 0 && placeOf(one) < own)
  if (older >= 0) return older + 1
  const newer = shown.findIndex((one) => placeOf(one) > own)
  return newer >= 0 ? newer : shown.length
}
