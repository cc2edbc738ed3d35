// A recording's sound file in, the same sound in the other format out: WAV as MP3 and the reverse,
// by the system's ffmpeg, for APIs whose users ask for one of the two by name. What was made is
// kept for some minutes and then removed: it must not outlive a recording that is deleted.
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../base/failure.ts'
import { Turns } from '../base/turns.ts'
import type { RecordingMedia, SoundFormat } from '../store/recordings/recording.ts'
import { otherFormatLimits } from './limits.ts'

const run = promisify(execFile)

const codecs: Readonly<Record<SoundFormat, readonly string[]>> = {
  wav: ['-c:a', 'pcm_s16le', '-f', 'wav'],
  mp3: ['-c:a', 'libmp3lame', '-q:a', '4', '-f', 'mp3'],
}

export class OtherFormats {
  readonly #folder: string
  readonly #turns = new Turns(otherFormatLimits)
  readonly #making = new Map<string, Promise<string>>()
  readonly #timers = new Set<NodeJS.Timeout>()

  /** What an earlier process left in the folder is removed. */
  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'sound-converted')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /**
   * The path of a file with this sound in a format; `path` is where the sound lies.
   * @throws Failure `unavailable` without ffmpeg or where it cannot read the sound, `busy`
   */
  file(media: RecordingMedia, path: string, format: SoundFormat): Promise<string> {
    const name = `${media.digest}.${format}`
    let made = this.#making.get(name)
    if (made === undefined) {
      made = this.#turns.run(() => this.#make(path, name, format))
      this.#making.set(name, made)
      made.then(
        () => this.#removeLater(name),
        () => this.#making.delete(name),
      )
    }
    return made
  }

  async #make(path: string, name: string, format: SoundFormat): Promise<string> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const made = join(this.#folder, name)
    const draft = `${made}.part`
    const input = ['-nostdin', '-v', 'error', '-y', '-i', `file:${path}`]
    try {
      await run('ffmpeg', [...input, '-vn', ...codecs[format], `file:${draft}`], {
        timeout: otherFormatLimits.makeMsMax,
      })
      await rename(draft, made)
    } catch (error) {
      await rm(draft, { force: true })
      throw new Failure('unavailable', `the sound cannot be had as ${format}`, { cause: error })
    }
    return made
  }

  #removeLater(name: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#making.delete(name)
      void rm(join(this.#folder, name), { force: true })
    }, otherFormatLimits.keepMs)
    timer.unref()
    this.#timers.add(timer)
  }
}
