const LONGEST = 64

/** Invisible ones, and those that change the text's direction or break the line: they could change how the client id beside the name looks. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/gu

/** For display, beside the client id: the client's own word. */
export const clientNameOf = (said: string | undefined): string | undefined =>
  said
    ?.slice(0, 4 * LONGEST)
    .replace(UNSEEN, '')
    .trim()
    .slice(0, LONGEST) || undefined
