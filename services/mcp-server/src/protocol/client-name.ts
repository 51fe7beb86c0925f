const LONGEST = 64

/**
 * Characters that change the text's direction, break the line or are invisible: they could change how the client id looks, because it is
 * shown beside the name.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/gu

/** The name that an MCP client gives itself. For display only, and only beside its client id. */
export const clientNameOf = (said: string | undefined): string | undefined =>
  said
    ?.slice(0, 4 * LONGEST)
    .replace(UNSEEN, '')
    .trim()
    .slice(0, LONGEST) || undefined
