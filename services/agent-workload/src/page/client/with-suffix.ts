/** `aria-describedby` can name several elements. */
export const withSuffix = (ids: string, suffix: number): string =>
  ids
    .split(' ')
    .map((id) => `${id}-${suffix}`)
    .join(' ')
