// The headers that tell a browser what our answers may do: run our own scripts, nobody else's, and
// be framed by nobody. One function; the pages that need more say so themselves.
import type { FastifyReply } from 'fastify'

// Inline styles are refused too: the pages set theirs through the DOM, which this does not touch.
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Puts the security headers on an answer. */
export function addSecurityHeaders(reply: FastifyReply, isSecure: boolean): void {
  reply.headers({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  })
  if (isSecure) reply.header('strict-transport-security', 'max-age=31536000')
}
