import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** @param sandbox Chromium's own, which the superuser cannot use */
export function launchChromium(path?: string, { sandbox = false } = {}): Promise<Browser> {
  const executablePath = [path, ...USUAL_PLACES].find((place) => place !== undefined && existsSync(place))
  if (!executablePath) throw new Error('Chromium is not installed: set CHROMIUM_PATH to the one that you have.')
  return chromium.launch({
    executablePath,
    chromiumSandbox: sandbox,
    // After a signal, verify itself closes Chromium and cleans up.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
