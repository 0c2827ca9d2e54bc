import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, walked by path
const document: any = JSON.parse(readFileSync('docs/openapi.json', 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(document, 'openapi');
const compiled = new Map<string, ValidateFunction>();

/** A JSON pointer's step (RFC 6901 §3), then a URI fragment's. */
const step = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

function validator(...steps: string[]): ValidateFunction {
  const pointer = `openapi#/${steps.map(step).join('/')}`;
  const known = compiled.get(pointer) ?? ajv.compile({ $ref: pointer });
  compiled.set(pointer, known);
  return known;
}

/** What the check looks at in a reply. */
interface DescribedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown;
}

/**
 * What is wrong with a reply by the API's own description: a status that it does not know, a media type that it
 * does not announce, a body that breaks the schema. Undefined: nothing.
 */
export function violation(method: string, path: string, answer: DescribedReply): string | undefined {
  const type = answer.headers['content-type']?.split(';')[0];
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) {
    const problem = validator('components', 'schemas', 'Problem');
    return problem(answer.json) ? undefined : `${answer.status}: ${ajv.errorsText(problem.errors)}`;
  }
  const response = operation.responses[answer.status];
  if (!response) return `${method} ${path}: status ${answer.status} is not described`;
  if (!response.content) return answer.text === '' ? undefined : `${answer.status}: a body is not described`;
  if (type === undefined || !response.content[type]) return `${answer.status}: ${type} is not described`;
  if (answer.json === undefined) return undefined;
  const body = validator(
    ...['paths', path, method.toLowerCase(), 'responses', String(answer.status), 'content', type, 'schema'],
  );
  return body(answer.json) ? undefined : `${answer.status}: ${ajv.errorsText(body.errors)}`;
}
