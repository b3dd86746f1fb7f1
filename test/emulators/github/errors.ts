// GitHub's refusals: its status codes, its words.

/** An answer that is not a success. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, message: string, more: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.body = { message, ...more, documentation_url: "https://docs.github.com/rest", status: String(status) };
  }
}

/** Also what GitHub says of things that exist but that the caller may not see. */
export function notFound(message = "Not Found"): Refusal {
  return new Refusal(404, message);
}

export function forbidden(message: string): Refusal {
  return new Refusal(403, message);
}

export interface FieldError {
  resource: string;
  field?: string;
  code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  message?: string;
}

export function invalid(...errors: FieldError[]): Refusal {
  return new Refusal(422, "Validation Failed", { errors });
}

/** A 422 with plain sentences instead of fields. */
export function unprocessable(message: string, errors?: string[]): Refusal {
  return new Refusal(422, message, errors === undefined ? {} : { errors });
}

export function conflict(message: string): Refusal {
  return new Refusal(409, message);
}
