// Short names for the schemas that the vendors' documents are written in.
import { type TSchema, Type } from '@fastify/type-provider-typebox'

export const text = (description: string) => Type.String({ description })
export const whole = (description: string) => Type.Integer({ description })
export const truth = (description: string) => Type.Boolean({ description })
export const orNull = (type: 'string' | 'integer' | 'number', description: string) =>
  Type.Unsafe<string | number | null>({ type: [type, 'null'], description })
export const alwaysNull = (description: string) => Type.Unsafe<null>({ type: 'null', description })
export const wordOf = (words: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', enum: [...words], description })
export const wordOrNull = (words: readonly string[], description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], enum: [...words, null], description })

/** An object that has these fields, and no others. */
export const exactly = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })
export const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema)
