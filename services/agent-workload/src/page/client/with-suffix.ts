/** `aria-describedby` can name several elements: each id of the list gets the suffix. */
export const withSuffix = (ids: string, suffix: number): string =>
  ids
    .split(' ')
    .map((id) => `${id}-${suffix}`)
    .join(' ')
