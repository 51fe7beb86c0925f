export const chromiumPath = (): string | undefined => process.env.CHROMIUM_PATH

export const isSuperuser = (): boolean => process.getuid?.() === 0
