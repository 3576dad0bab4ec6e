import createClient from 'openapi-fetch';
import type { paths } from './schema.js';
import type { Problem } from './types.js';

const timeoutMs = 10_000;

/** The status API as its OpenAPI document has it: paths, parameters and answers are what was generated from it. */
export const api = createClient<paths>({ headers: { accept: 'application/json' } });

/** A refusal of the gateway, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(readonly status: number, readonly problem: Problem | null, message: string) {
    super(message);
    this.name = 'ApiError';
  }
}

/** What a call of the API comes to. */
export interface Outcome<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** A call of the API that ends when the signal says so. */
export type Call<T> = (signal: AbortSignal) => Promise<Outcome<T>>;

/** Makes a call, and waits so long for the answer. */
export async function read<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  let outcome: Outcome<T>;
  try {
    outcome = await call(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal?.aborted === true) {
      throw error;
    }
    throw new ApiError(0, null, limit.aborted ? `The gateway did not answer within ${timeoutMs / 1000} s.` : 'The gateway cannot be reached.');
  }
  if (!outcome.response.ok || outcome.data === undefined) {
    throw refusalOf(outcome.response, outcome.error);
  }
  return outcome.data;
}

function refusalOf(response: Response, error: unknown): ApiError {
  const problem = typeof error === 'object' && error !== null ? (error as Problem) : null;
  return new ApiError(response.status, problem, problem?.detail ?? problem?.title ?? `The gateway answered ${response.status}.`);
}
