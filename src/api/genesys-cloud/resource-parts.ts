// What the routes of this API are given beyond the parts of the HTTP side. Types alone.
import type { ApiParts } from '../http/parts.ts'
import type { UrlSigner } from '../http/signed-url.ts'
import type { DownloadJobs } from './download-jobs.ts'

export interface ResourceParts extends ApiParts {
  readonly jobs: DownloadJobs
  readonly signer: UrlSigner
}
