import type { Problem } from './types.js';

const timeoutMs = 10_000;

/** A refusal of the gateway, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(readonly status: number, readonly problem: Problem | null, message: string) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Reads a resource of the status API. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      headers: { accept: 'application/json' },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (signal?.aborted === true) {
      throw error;
    }
    throw new ApiError(0, null, limit.aborted ? `The gateway did not answer within ${timeoutMs / 1000} s.` : 'The gateway cannot be reached.');
  }
  if (!response.ok) {
    throw await refusalOf(response);
  }
  return (await response.json()) as T;
}

async function refusalOf(response: Response): Promise<ApiError> {
  let problem: Problem | null = null;
  if (response.headers.get('content-type')?.includes('json') === true) {
    try {
      problem = (await response.json()) as Problem;
    } catch {
      problem = null;
    }
  }
  return new ApiError(response.status, problem, problem?.detail ?? problem?.title ?? `The gateway answered ${response.status}.`);
}
