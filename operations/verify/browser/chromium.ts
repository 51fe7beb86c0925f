import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * One process; each person gets a context of their own, which is a browser of its own to every site.
 * @param path of the executable; without one, where it usually is.
 */
export function launchChromium(path?: string): Promise<Browser> {
  const executablePath = [path, ...USUAL_PLACES].find((place) => place !== undefined && existsSync(place))
  if (!executablePath) throw new Error('Chromium is not installed: set CHROMIUM_PATH to the one that you have.')
  return chromium.launch({
    executablePath,
    // Whoever runs this cleans up first, also after Ctrl-C.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
