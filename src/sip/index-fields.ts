// What the index pass of the kernel finds in a message, and the tables that it is given: the place
// of each field. Numbers alone, because this file is read by both compilers: that of the server and
// that of the kernel (kernel/README.md). All offsets are from where the server says that its bytes
// begin; -1 stands for an absent value.

/** Fields that are float64. See MessageIndex for what each means. */
export const CSEQ_NUMBER = 0
export const CONTENT_LENGTH = 1
/** Fields that are int32. */
export const IS_SUSPECT = 4
/** Bit `1 << code` for every header code seen. */
export const SEEN = 5
export const HEADER_END = 6
export const BODY_START = 7
export const HEADER_COUNT = 8
export const HEADERS_UNINDEXED = 9
export const IS_HEADER_CUT = 10
export const CALL_ID_START = 11
export const CALL_ID_END = 12
export const FROM_TAG_START = 13
export const FROM_TAG_END = 14
export const TO_TAG_START = 15
export const TO_TAG_END = 16
export const BRANCH_START = 17
export const BRANCH_END = 18
export const CSEQ_METHOD_START = 19
export const CSEQ_METHOD_END = 20
export const CSEQ_METHOD_CODE = 21
/** Hashes of the tags (kernel/hash.ts), 0 for none. */
export const FROM_TAG_HASH = 22
export const TO_TAG_HASH = 23
/** Header lines, five int32 each: name start and end, value start and end, code. */
export const HEADER_LINES = 24
export const LINE_FIELDS = 5
/** Lines that there is room for; lines beyond are kept in the bytes but not indexed. */
export const HEADER_LINES_MAX = 512
export const INDEX_BYTES = (HEADER_LINES + HEADER_LINES_MAX * LINE_FIELDS) * 4

/** 1 for each byte that a token is made of. */
export const TOKENS_AT = 0
/** Names of headers, in lower case, and of methods: see `NAME_CANDIDATES`. */
export const HEADER_NAMES_AT = 256
export const METHOD_NAMES_AT = 1_280
export const TABLES_BYTES = 2_304

/**
 * A table of names: for each length and each lowest five bits of the first letter the code of the
 * one name that it can be; behind it the names by code, 16 bytes each, zeros behind the name.
 */
export const NAME_CANDIDATES = 512
export const NAME_BYTES = 16

/** Codes of the headers that the pass knows by name. */
export const HEADER_OTHER = 0
export const HEADER_VIA = 1
export const HEADER_FROM = 2
export const HEADER_TO = 3
export const HEADER_CALL_ID = 4
export const HEADER_CSEQ = 5
export const HEADER_CONTENT_LENGTH = 6
export const HEADER_CONTENT_TYPE = 7
/** A line that has no colon: kept, but no header. */
export const HEADER_NONE = 8
